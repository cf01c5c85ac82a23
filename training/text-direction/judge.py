"""Pictures that judge the classifier: of lines, each in both directions, and of what is no line."""

import random

import torch
from PIL import Image, ImageOps

from lines import clean_lines, worn
from nothings import NOTHINGS
from predict import batch_of


def plain(mask: Image.Image) -> Image.Image:
    """Black on white with narrow margins."""
    return ImageOps.invert(ImageOps.expand(mask, max(2, mask.size[1] // 8)))


def both_ways(image: Image.Image) -> list[Image.Image]:
    return [image, image.transpose(Image.Transpose.ROTATE_180)]


@torch.no_grad()
def margins(model, images: list[Image.Image]) -> list[torch.Tensor]:
    """For each picture the logits of *turned* minus those of *upright*, one for each window."""
    found = []
    for first in range(0, len(images), 32):
        batches = [batch_of(image) for image in images[first : first + 32]]
        scores = model(torch.cat(batches))
        found += (scores[:, 1] - scores[:, 0]).split([len(batch) for batch in batches])
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
    """Clean lines of a split to make other pictures from."""

    def __init__(self, split: str, seed: str):
        self.lines = clean_lines(split, seed)

    def choice(self) -> Image.Image:
        return next(self.lines)[2]


def no_lines(split: str, kind: str, count: int, seed: int) -> list[Image.Image]:
    """Pictures of a kind of `NOTHINGS`, worn as often as lines in training; a shorter seed draws others."""
    rng = random.Random(f"{seed} {kind}")
    source = Source(split, f"{seed} {kind}")
    return [worn(NOTHINGS[kind](source, rng), source.choice(), rng) for _ in range(count)]
