"""Pictures that compress like photographs: noise of 1/f, as scenes have it, with shapes whose edges are sharp, and the grain of a sensor.

A picture without noise would be decoded in a fraction of the time that a photograph takes, and white noise in a multiple of it.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy
from PIL import Image, ImageDraw

QUALITIES = (85, 88, 90, 92)


def photo(width: int, height: int, seed: int) -> Image.Image:
    """One picture, the same for the same numbers."""
    dice = numpy.random.default_rng(seed)
    rows, columns = numpy.fft.fftfreq(height)[:, None], numpy.fft.rfftfreq(width)[None, :]
    frequency = numpy.sqrt(rows**2 + columns**2)
    frequency[0, 0] = 1 / max(width, height)
    # Of natural scenes amplitudes fall with the frequency; channels have most of it in common.
    planes = [_noise(dice, frequency, height, width) for _ in range(4)]
    colours = numpy.stack([planes[0] * 0.85 + plane * 0.3 for plane in planes[1:]], axis=2)
    colours = 118 + 52 * colours
    image = Image.fromarray(colours.clip(0, 255).astype(numpy.uint8))
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(24):
        x, y = dice.integers(0, width), dice.integers(0, height)
        w, h = dice.integers(width // 40, width // 5), dice.integers(height // 40, height // 5)
        colour = (*dice.integers(0, 256, 3).tolist(), int(dice.integers(60, 200)))
        shape = draw.ellipse if dice.random() < 0.5 else draw.rectangle
        shape([int(x), int(y), int(x + w), int(y + h)], fill=colour)
    # Pixels of large pictures are smaller, but those pictures are filtered more.
    grain = dice.normal(0, 2.5 if width * height < 1_000_000 else 1.5, (height, width, 1))
    pixels = numpy.asarray(image).astype(numpy.float32) + grain
    return Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8))


def _noise(dice: numpy.random.Generator, frequency: numpy.ndarray, height: int, width: int) -> numpy.ndarray:
    phases = dice.uniform(0, 2 * numpy.pi, frequency.shape)
    noise = numpy.fft.irfft2(numpy.exp(1j * phases) / frequency**1.1, s=(height, width))
    return noise / noise.std()


def jpeg(image: Image.Image, number: int) -> bytes:
    """As cameras write it: colours at half the resolution, qualities of 85 to 92 by turns."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITIES[number % len(QUALITIES)], subsampling=2)
    return file.getvalue()


def folder(place: Path, count: int, width: int, height: int) -> list[Path]:
    """A folder with so many, made if it is not there."""
    place.mkdir(parents=True, exist_ok=True)
    paths = [place / f"{number:04}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            turned = (width, height) if number % 4 else (height, width)
            path.write_bytes(jpeg(photo(*turned, seed=number), number))
    return paths
