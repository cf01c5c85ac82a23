"""Accuracy of the shipped weights: lines in held-back fonts, and lines cut from scanned pages.

    python evaluate.py --scans leptonica-1.82.0/prog

Every line is judged twice, upright and turned. Prints Markdown tables.
"""

import argparse
import random
from pathlib import Path
from string import ascii_letters, digits

import PIL
import skimage
import torch
from PIL import Image, ImageOps

from lines import clean_lines, draw, fonts, usable, worn
from pages import lines_of
from predict import WEIGHTS, load, turned
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


def correct(model, image: Image.Image) -> int:
    """How many of both directions the model tells: 0, 1 or 2."""
    over = image.transpose(Image.Transpose.ROTATE_180)
    return (turned(model, image) < 0.5) + (turned(model, over) >= 0.5)


def plain(mask: Image.Image) -> Image.Image:
    """Black on white with narrow margins."""
    return ImageOps.invert(ImageOps.expand(mask, max(2, mask.size[1] // 8)))


def percent(right: int, of: int) -> str:
    return f"{100 * right / of:.2f} %" if of else "none"


def print_fonts(model, lines: int, seed: int):
    rng = random.Random(seed)
    right = {script: [0, 0] for script in SCRIPTS}
    files = {script: set() for script in SCRIPTS}
    before = None
    for script, font, mask, _ in clean_lines(lines * len(SCRIPTS), test=True, seed=seed, scripts=list(SCRIPTS)):
        right[script][0] += correct(model, plain(mask))
        right[script][1] += correct(model, worn(mask, before or mask, rng))
        files[script].add(font)
        before = mask
    print("| script | held-back font files | decisions | black on white | worn |\n| --- | --- | --- | --- | --- |")
    for script, scores in right.items():
        print(f"| {script} | {len(files[script])} | {2 * lines} |", " | ".join(percent(s, 2 * lines) for s in scores), "|")
    of = 2 * lines * len(SCRIPTS)
    sums = [sum(scores[i] for scores in right.values()) for i in (0, 1)]
    print(f"| all | {len(set().union(*files.values()))} | {of} |", " | ".join(percent(s, of) for s in sums), "|\n")


def print_short(model, lines: int, seed: int):
    """Latin lines below what the model is made for; unlike above, nothing is left out that reads the same both ways."""
    rng = random.Random(seed)
    fonts_of = usable(fonts(), "latin", test=True)
    kinds = {f"{n} letters": (n, ascii_letters) for n in (1, 2, 3)} | {"4 to 8 digits": (0, digits)}
    print("| latin lines of | decisions | black on white |\n| --- | --- | --- |")
    for kind, (length, alphabet) in kinds.items():
        right = made = 0
        while made < lines:
            line = "".join(rng.choices(alphabet, k=length or rng.randint(4, 8)))
            mask = draw(line, rng.choice(rng.choice(fonts_of)), rng)
            if mask is not None:
                right += correct(model, plain(mask))
                made += 1
        print(f"| {kind} | {2 * lines} | {percent(right, 2 * lines)} |")
    print()


def print_pages(model, pages: dict[str, list[Image.Image]]):
    print("| pages | of them | decisions | right |\n| --- | --- | --- | --- |")
    for kind, images in pages.items():
        crops = [crop for image in images for crop in lines_of(image)]
        right = sum(correct(model, crop) for crop in crops)
        print(f"| {kind} | {len(images)} | {2 * len(crops)} | {percent(right, 2 * len(crops))} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--lines", type=int, default=350, help="lines of each script")
    parser.add_argument("--seed", type=int, default=90210)
    parser.add_argument("--scans", type=Path, help="the folder `prog` of Leptonica's sources")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = load(args.weights)
    print(f"torch {torch.__version__}, Pillow {PIL.__version__}, scikit-image {skimage.__version__}, seed {args.seed}\n")
    print_fonts(model, args.lines, args.seed)
    print_short(model, args.lines, args.seed)
    pages = {"scikit-image's `page`": [Image.fromarray(skimage.data.page())]}
    if args.scans:
        pages |= {kind: [Image.open(args.scans / name) for name in names] for kind, names in SCANS.items()}
    print_pages(model, pages)


if __name__ == "__main__":
    main()
