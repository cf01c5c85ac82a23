"""Draws clean lines for training and stores them in chunks, so that training starts at once and may start again.

    python render.py --lines 60000
"""

import argparse
import random
import time
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from lines import clean_lines, forget_fonts
from text import SCRIPTS, letters

CHUNK = 2000


#: What training is watched by: script and kind of text.
GROUPS = [f"{script} {kind}" for script in SCRIPTS for kind in ("words", "few", "number")]


def group_of(script: str, text: str) -> int:
    kind = 2 if any(c.isdigit() for c in text) and letters(text) < 4 else 0 if len(text) > 6 else 1
    return 3 * list(SCRIPTS).index(script) + kind


def write_chunk(path: Path, split: str, seed: str):
    """Masks one after another in rows of 8 bits, with their sizes; renamed when whole."""
    lines = list(islice(clean_lines(split, seed), CHUNK))
    masks = [np.asarray(mask) for _, _, mask, _ in lines]
    unfinished = path.with_suffix(".unfinished.npz")
    shapes = np.array([mask.shape for mask in masks])
    groups = np.array([group_of(script, text) for script, _, _, text in lines], np.uint8)
    np.savez_compressed(unfinished, shapes=shapes, groups=groups, ink=np.concatenate([mask.ravel() for mask in masks]))
    unfinished.rename(path)
    forget_fonts()


def read_chunk(path: Path) -> list[tuple[np.ndarray, int]]:
    """Masks and their groups."""
    with np.load(path) as stored:
        shapes, groups, ink = stored["shapes"], stored["groups"].tolist(), stored["ink"]
    ends = np.cumsum(shapes.prod(1))
    return [(ink[end - h * w : end].reshape(h, w), group) for end, (h, w), group in zip(ends, shapes, groups)]


class Masks:
    """Random clean lines out of the chunks that a folder holds, those that come meanwhile as well."""

    def __init__(self, folder: Path, rng: random.Random, chunks: int = 12):
        self.folder, self.rng, self.chunks = folder, rng, chunks
        self.drawn, self.loaded = 0, []

    def choice(self) -> Image.Image:
        return self.grouped()[0]

    def grouped(self) -> tuple[Image.Image, int]:
        """A line and its group."""
        if self.drawn % 1000 == 0:
            paths = sorted(self.folder.glob("[0-9]*[0-9].npz"))
            if not paths:
                raise SystemExit(f"no lines in {self.folder}: run render.py")
            fresh = self.rng.sample(paths, min(len(paths), self.chunks if not self.loaded else 1))
            self.loaded = (self.loaded + [read_chunk(path) for path in fresh])[-self.chunks :]
        self.drawn += 1
        mask, group = self.rng.choice(self.rng.choice(self.loaded))
        return Image.fromarray(mask), group


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=60_000)
    parser.add_argument("--split", choices=["train", "calibrate"], default="train")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("lines"))
    parser.add_argument("--part", type=int, nargs=2, default=(0, 1), metavar=("I", "N"), help="every Nth chunk from I on: one of N programs")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    began = time.time()
    for number in range(args.part[0], -(-args.lines // CHUNK), args.part[1]):
        path = args.out / f"{number:04}.npz"
        if not path.exists():
            write_chunk(path, args.split, f"{args.seed} {args.split} {number}")
            print(f"{(time.time() - began) / 60:5.1f} min {path}", flush=True)


if __name__ == "__main__":
    main()
