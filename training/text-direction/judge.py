"""Pictures that judge the classifier: of lines, each in both directions, and of what is no line."""

import functools
import pickle
import random
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from folded import Compiled, flat
from lines import clean_lines, worn
from nothings import NOTHINGS
from preprocess import WIDTH, scale, seen, windows


def plain(mask: Image.Image) -> Image.Image:
    """Black on white with narrow margins."""
    return ImageOps.invert(ImageOps.expand(mask, max(2, mask.size[1] // 8)))


def both_ways(image: Image.Image) -> list[Image.Image]:
    return [image, image.transpose(Image.Transpose.ROTATE_180)]


@functools.cache
def compiled() -> Compiled:
    return Compiled()


@torch.no_grad()
def margins(model, images: list[Image.Image]) -> list[torch.Tensor]:
    """For each picture the logits of *turned* minus those of *upright*, one for each window."""
    parameters, found = flat(model), []
    for first in range(0, len(images), 64):
        lines = [scale(seen(image)) for image in images[first : first + 64]]
        some = [windows(line) for line in lines]
        pixels = np.rint((np.concatenate(some) + 1) * 127.5)
        widths = np.repeat([min(WIDTH, line.shape[1]) for line in lines], [len(of_one) for of_one in some])
        found += torch.from_numpy(compiled().margins(parameters, pixels, widths)).split([len(of_one) for of_one in some])
    return found


def probabilities(windows: list[torch.Tensor], scale: float = 1.0, shift: float = 0.0) -> torch.Tensor:
    """Probability of *turned* for each picture: the mean over its windows."""
    return torch.stack([(margin * scale + shift).sigmoid().mean() for margin in windows])


def judged(model, uprights: list[Image.Image]) -> torch.Tensor:
    """The probability of what is right for lines that are given upright: as they are, and turned; N x 2."""
    images = [turn for image in uprights for turn in both_ways(image)]
    found = probabilities(margins(model, images)).view(-1, 2)
    return torch.stack([1 - found[:, 0], found[:, 1]], 1)


class Source:
    """Some clean lines of a split to make other pictures from."""

    def __init__(self, split: str, seed: str, count: int = 400):
        self.rng = random.Random(seed)
        self.lines = [mask for _, _, mask, _ in islice(clean_lines(split, seed), count)]

    def choice(self) -> Image.Image:
        return self.rng.choice(self.lines)


def no_lines(split: str, count: int, seed: int) -> dict[str, list[Image.Image]]:
    """Pictures of each kind of `NOTHINGS`, worn as often as lines in training."""
    rng = random.Random(f"{seed} nothings")
    source = Source(split, f"{seed} nothings")
    return {kind: [worn(make(source, rng), source.choice(), rng) for _ in range(count)] for kind, make in NOTHINGS.items()}


def kept(file: Path | None, key: str, draw):
    """What `draw` returns, or what it returned before: drawing takes longer than judging."""
    if file and file.exists():
        with open(file, "rb") as stored:
            found, drawn = pickle.load(stored)
        if found != key:
            raise SystemExit(f"{file} holds {found}, not {key}: remove it or name another")
        return drawn
    drawn = draw()
    if file:
        with open(file, "wb") as stored:
            pickle.dump((key, drawn), stored)
    return drawn
