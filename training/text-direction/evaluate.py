"""How well the shipped weights do: lines in held-back fonts, lines cut from scanned pages, and pictures of no line.

    python evaluate.py --scans leptonica-1.82.0/prog

Every line is judged twice, upright and turned. Prints Markdown tables.
"""

import argparse
import random
from itertools import islice
from pathlib import Path

import PIL
import skimage
import torch
from PIL import Image

from judge import judged, kept, margins, no_lines, plain, probabilities
from lines import clean_lines, worn
from pages import lines_of
from predict import THRESHOLD, WEIGHTS, load
from text import SCRIPTS

#: Scanned pages of printed text among the images of Leptonica's sources (`apt-get source leptonlib`), by kind.
SCANS = {
    "modern print, black and white": (
        "feyn.tif", "italic.png", "keystone.png", "pageseg1.tif", "pageseg3.tif", "pageseg4.tif", "patent.png",
        "rabi.png", "scots-frag.tif", "shearer.148.tif", "witten.tif",
    ),
    "modern print, grey": ("lucasta.047.jpg", "lucasta.150.jpg", "w91frag.jpg"),
    "books before 1900, camera": (
        "amoris.2.150.jpg", "cat.007.jpg", "cat.035.jpg", "cavalerie.29.jpg", "lapide.052.100.jpg", "zanotti-78.jpg",
    ),
    "Arabic print": ("arabic.png", "arabic2.png"),
    "blackletter": ("1555.003.jpg", "1555.007.jpg", "german.png"),
}  # fmt: skip
#: Kinds of text, as `Writer` knows them, by the names of the tables.
LENGTHS = {
    "three letters": "three",
    "a word, or three to five letters of one": "few",
    "a number, date, time, price or code": "number",
    "a line of four letters or more": "line",
}


ALPHABETS = ["latin", "cyrillic", "greek", "arabic", "devanagari", "thai"]


def percent(share) -> str:
    return f"{100 * float(share):.2f} %"


def right(found: torch.Tensor) -> str:
    """How often the likelier direction is the right one."""
    return percent((found > 0.5).float().mean()) if len(found) else "none"


def drawn_lines(scripts: list[str], kind: str, count: int, seed: str) -> dict[str, tuple[set, list, list]]:
    """By script: the files of held-back fonts, and lines in them, black on white and worn."""
    rng = random.Random(seed)
    masks, files = {script: [] for script in scripts}, {script: set() for script in scripts}
    for script, font, mask, _ in islice(clean_lines("test", seed, scripts, [kind]), count * len(scripts)):
        masks[script].append(mask)
        files[script].add(font)
    return {
        script: (files[script], [plain(mask) for mask in drawn], [worn(mask, rng.choice(drawn), rng) for mask in drawn])
        for script, drawn in masks.items()
    }


def drawn(lines: int, seed: int):
    """All pictures but the pages: lines by script, texts by kind and script, and what is no line.

    Only alphabets for few letters: a syllable or a word of the others is one character.
    """
    some = {}
    for kind in LENGTHS.values():
        for scripts in (["latin"], ALPHABETS if kind in ("three", "few") else list(SCRIPTS)):
            count = lines if len(scripts) == 1 else lines // 3
            some[kind, len(scripts)] = drawn_lines(scripts, kind, count, f"{seed} {kind}")
    return drawn_lines(list(SCRIPTS), "line", lines, f"{seed} lines"), some, no_lines("test", lines // 2, seed)


def judged_all(model, by_script) -> tuple[dict[str, tuple[torch.Tensor, torch.Tensor]], tuple[torch.Tensor, torch.Tensor]]:
    """Probabilities of what is right, clean and worn, by script and of all together."""
    found = {script: tuple(judged(model, some).flatten() for some in (clean, used)) for script, (_, clean, used) in by_script.items()}
    return found, tuple(torch.cat([pair[i] for pair in found.values()]) for i in (0, 1))


def print_scripts(model, by_script) -> tuple[torch.Tensor, torch.Tensor]:
    found, (clean_all, used_all) = judged_all(model, by_script)
    print("| script | held-back font files | decisions | black on white | worn |\n| --- | --- | --- | --- | --- |")
    for script, (clean, used) in found.items():
        print(f"| {script} | {len(by_script[script][0])} | {len(clean)} | {right(clean)} | {right(used)} |")
    files = set().union(*(files for files, *_ in by_script.values()))
    print(f"| all | {len(files)} | {len(clean_all)} | {right(clean_all)} | {right(used_all)} |\n", flush=True)
    return clean_all, used_all


def print_lengths(model, texts) -> tuple[torch.Tensor, torch.Tensor]:
    found = {}
    print("| text | scripts | decisions | black on white | worn |\n| --- | --- | --- | --- | --- |")
    names = {kind: name for name, kind in LENGTHS.items()}
    for (kind, scripts), by_script in texts.items():
        _, (clean, used) = judged_all(model, by_script)
        label = "latin" if scripts == 1 else f"all {scripts}" + " alphabets" * (scripts == len(ALPHABETS))
        print(f"| {names[kind]} | {label} | {len(clean)} | {right(clean)} | {right(used)} |", flush=True)
        found[kind, scripts] = clean, used
    print()
    return found["few", len(ALPHABETS)], found["number", len(SCRIPTS)]


def print_reliability(found: dict[str, torch.Tensor]):
    """Of the answers with a probability in a range: how many, their mean probability, how many were right."""
    edges = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.000001]
    print("| " + " | ".join(["probability", *found]) + " |\n" + "| --- " * (1 + len(found)) + "|")
    for low, high in zip(edges, edges[1:]):
        cells = []
        for values in found.values():
            likelier = torch.maximum(values, 1 - values)
            inside = (likelier >= low) & (likelier < high)
            cells.append(
                f"{int(inside.sum())}: {percent(likelier[inside].mean())}, right {right(values[inside])}" if inside.any() else "none"
            )
        print(f"| {low} to {min(high, 1):g} | " + " | ".join(cells) + " |")
    print()


def print_unsure(model, found: dict[str, torch.Tensor], nothings: dict[str, list[Image.Image]]):
    print(f"| picture | of them | unsure below {THRESHOLD} | right of those that are told |\n| --- | --- | --- | --- |")
    for name, values in found.items():
        told = torch.maximum(values, 1 - values) >= THRESHOLD
        print(f"| {name} | {len(values)} | {percent(1 - told.float().mean())} | {right(values[told])} |")
    for kind, pictures in nothings.items():
        values = probabilities(margins(model, pictures))
        unsure = (torch.maximum(values, 1 - values) < THRESHOLD).float().mean()
        print(f"| {kind} | {len(values)} | {percent(unsure)} | |", flush=True)
    print()


def print_pages(model, pages: dict[str, list[Image.Image]]):
    print("| pages | of them | decisions | right |\n| --- | --- | --- | --- |")
    for kind, images in pages.items():
        crops = [crop for image in images for crop in lines_of(image)]
        found = judged(model, crops).flatten()
        print(f"| {kind} | {len(images)} | {len(found)} | {right(found)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--lines", type=int, default=350, help="lines of each script and kind")
    parser.add_argument("--seed", type=int, default=90210)
    parser.add_argument("--pictures", type=Path, help="file that keeps what was drawn")
    parser.add_argument("--scans", type=Path, help="the folder `prog` of Leptonica's sources")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = load(args.weights)
    print(f"torch {torch.__version__}, Pillow {PIL.__version__}, scikit-image {skimage.__version__}, seed {args.seed}\n")
    by_script, texts, nothings = kept(args.pictures, f"evaluate {args.lines} {args.seed}", lambda: drawn(args.lines, args.seed))
    clean, used = print_scripts(model, by_script)
    few, number = print_lengths(model, texts)
    print_reliability({"lines, black on white": clean, "lines, worn": used, "few letters, worn": few[1], "numbers, worn": number[1]})
    found = {"line, black on white": clean, "line, worn": used, "few letters, black on white": few[0], "number, black on white": number[0]}
    print_unsure(model, found, nothings)
    pages = {"scikit-image's `page`": [Image.fromarray(skimage.data.page())]}
    if args.scans:
        pages |= {kind: [Image.open(args.scans / name) for name in names] for kind, names in SCANS.items()}
    print_pages(model, pages)


if __name__ == "__main__":
    main()
