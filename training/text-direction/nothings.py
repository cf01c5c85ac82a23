"""Pictures that hold no horizontal line of text, as ink: what the classifier should be unsure of."""

import random

import numpy as np
from PIL import Image, ImageDraw


def letters_of(mask: Image.Image) -> list[Image.Image]:
    """The pieces of a line between empty columns: letters, where a script does not join them."""
    columns = np.asarray(mask).max(0) > 60
    edges = np.flatnonzero(np.diff(np.concatenate([[0], columns, [0]]).astype(np.int8)))
    pieces = [mask.crop((left, 0, right, mask.size[1])) for left, right in zip(edges[::2], edges[1::2])]
    return [piece.crop(piece.getbbox()) for piece in pieces if piece.getbbox()]


def column_of(pieces: list[Image.Image], gap: int) -> Image.Image:
    """Pictures one below the other, centred."""
    sheet = Image.new("L", (max(p.size[0] for p in pieces), sum(p.size[1] + gap for p in pieces) - gap))
    top = 0
    for piece in pieces:
        sheet.paste(piece, ((sheet.size[0] - piece.size[0]) // 2, top))
        top += piece.size[1] + gap
    return sheet


def widened(ink: Image.Image, rng: random.Random) -> Image.Image:
    """With blank paper to the left and right, sometimes."""
    extra = int(ink.size[1] * rng.choice([0, 0, rng.uniform(0, 3)]))
    sheet = Image.new("L", (ink.size[0] + extra, ink.size[1]))
    sheet.paste(ink, (rng.randint(0, extra), 0))
    return sheet


def stacked(masks, rng: random.Random) -> Image.Image:
    """Upright letters one below the other."""
    while True:
        pieces = letters_of(masks.choice())
        if len(pieces) >= 3:
            some = pieces[: rng.randint(3, min(12, len(pieces)))]
            return widened(column_of(some, rng.randint(1, 14)), rng)


def vertical(masks, rng: random.Random) -> Image.Image:
    """A line turned by 90 degrees. Its height is that of the picture."""
    while True:
        mask = masks.choice()
        if mask.size[0] > 1.5 * mask.size[1]:
            return widened(mask.transpose(rng.choice([Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270])), rng)


def sideways(masks, rng: random.Random) -> Image.Image:
    """A strip through a page turned by 90 degrees, as a cutter that expects rows of text would take it."""
    lines = [mask for mask in (masks.choice() for _ in range(24)) if mask.size[0] > 150]
    if len(lines) < 3:
        return vertical(masks, rng)
    height = rng.randint(60, 150)
    sheet = Image.new("L", (sum(line.size[1] for line in lines) + 12 * len(lines), height))
    turn, left = rng.choice([Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270]), 0
    for line in lines:
        start = rng.randint(0, max(0, line.size[0] - height))
        piece = line.crop((start, 0, min(start + height, line.size[0]), line.size[1]))
        sheet.paste(piece.transpose(turn), (left, 0))
        left += line.size[1] + rng.randint(4, 12)
    return sheet


def blank(masks, rng: random.Random) -> Image.Image:
    """Paper."""
    return Image.new("L", (rng.randint(20, 500), rng.randint(20, 60)))


def texture(masks, rng: random.Random) -> Image.Image:
    """Clouds, grain, stripes or shapes, as parts of photographs and figures have them."""
    noise = np.random.default_rng(rng.getrandbits(32))
    size = (rng.randint(40, 420), 48)
    kind = rng.randrange(4)
    if kind < 2:
        coarse = 1 + int(2 ** rng.uniform(0, 5)) * np.array([1, 1] if kind else [1, rng.choice([1, 4])])
        grid = noise.integers(0, 256, (2 + size[1] // coarse[0], 2 + size[0] // coarse[1]), dtype=np.uint8)
        return Image.fromarray(grid).resize(size, rng.choice([Image.Resampling.BICUBIC, Image.Resampling.NEAREST]))
    ink = Image.new("L", size)
    pen = ImageDraw.Draw(ink)
    if kind == 2:
        step, slant = rng.randint(3, 30), rng.randint(-40, 40)
        for x in range(-40, size[0] + 40, step):
            pen.line((x, 0, x + slant, 48), 255, rng.randint(1, max(2, step // 2)))
        return ink
    for _ in range(rng.randint(1, 14)):
        x, y, w, h = rng.randint(-20, size[0]), rng.randint(-20, 48), rng.randint(2, 90), rng.randint(2, 50)
        shape = rng.choice([pen.ellipse, pen.rectangle, pen.line])
        box = (x, y, x + w, y + h)
        if shape == pen.line:
            shape(box, rng.randint(60, 255), rng.randint(1, 5))
        else:
            shape(box, rng.choice([None, rng.randint(0, 255)]), 255, rng.randint(1, 3))
    return ink


#: Kinds of such pictures; each takes clean lines and a random generator.
NOTHINGS = {
    "blank": blank,
    "texture": texture,
    "stacked letters": stacked,
    "vertical line": vertical,
    "strip of a page turned by 90 degrees": sideways,
}
