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

CHUNK = 2000


def write_chunk(path: Path, split: str, seed: str):
    """Masks one after another in rows of 8 bits, with their sizes; renamed when whole."""
    masks = [np.asarray(mask) for _, _, mask, _ in islice(clean_lines(split, seed), CHUNK)]
    unfinished = path.with_suffix(".unfinished.npz")
    shapes = np.array([mask.shape for mask in masks])
    np.savez_compressed(unfinished, shapes=shapes, ink=np.concatenate([mask.ravel() for mask in masks]))
    unfinished.rename(path)
    forget_fonts()


def read_chunk(path: Path) -> list[np.ndarray]:
    with np.load(path) as stored:
        shapes, ink = stored["shapes"], stored["ink"]
    ends = np.cumsum(shapes.prod(1))
    return [ink[end - h * w : end].reshape(h, w) for end, (h, w) in zip(ends, shapes)]


class Masks:
    """Random clean lines out of the chunks that a folder holds, those that come meanwhile as well."""

    def __init__(self, folder: Path, rng: random.Random, chunks: int = 12):
        self.folder, self.rng, self.chunks = folder, rng, chunks
        self.drawn, self.loaded = 0, []

    def choice(self) -> Image.Image:
        if self.drawn % 1000 == 0:
            paths = sorted(self.folder.glob("[0-9]*[0-9].npz"))
            if not paths:
                raise SystemExit(f"no lines in {self.folder}: run render.py")
            fresh = self.rng.sample(paths, min(len(paths), self.chunks if not self.loaded else 1))
            self.loaded = (self.loaded + [read_chunk(path) for path in fresh])[-self.chunks :]
        self.drawn += 1
        return Image.fromarray(self.rng.choice(self.rng.choice(self.loaded)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=60_000)
    parser.add_argument("--split", choices=["train", "calibrate"], default="train")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("lines"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    began = time.time()
    for number in range(-(-args.lines // CHUNK)):
        path = args.out / f"{number:04}.npz"
        if not path.exists():
            write_chunk(path, args.split, f"{args.seed} {args.split} {number}")
            print(f"{(time.time() - began) / 60:5.1f} min {path}", flush=True)


if __name__ == "__main__":
    main()
