"""Cuts and draws the sample lines in tests/images.

    python samples.py leptonica-1.82.0/prog
"""

import argparse
from pathlib import Path

import skimage
from PIL import Image, ImageDraw, ImageFont

from lines import fonts

IMAGES = Path(__file__).resolve().parents[2] / "tests" / "images"


def drawn(line: str, family: str, ink, paper) -> Image.Image:
    """A line in the regular style of a held-back family."""
    file, index = next(font for font in fonts()["greek"][family] if "Regular" in font[0] or font[0].endswith("-R.ttf"))
    font = ImageFont.truetype(file, 40, index=index)
    left, top, right, bottom = font.getbbox(line)
    image = Image.new("RGB", (right - left + 20, bottom - top + 16), paper)
    ImageDraw.Draw(image).text((10 - left, 8 - top), line, ink, font=font)
    return image


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scans", type=Path, help="the folder `prog` of Leptonica's sources")
    scans = parser.parse_args().scans
    page = Image.fromarray(skimage.data.page())
    book = Image.open(scans / "zanotti-78.jpg")
    samples = {
        "line-upright": page.crop((2, 65, 382, 84)),
        "line-upside-down": page.crop((2, 83, 382, 103)).transpose(Image.Transpose.ROTATE_180),
        "book-upright": book.crop((220, 236, 960, 266)),
        "book-upside-down": book.crop((220, 433, 960, 463)).transpose(Image.Transpose.ROTATE_180),
        "drawn-upside-down": drawn("Ἐν ἀρχῇ ἦν ὁ λόγος", "Gentium", (250, 240, 180), (20, 40, 90)).transpose(
            Image.Transpose.ROTATE_180
        ),
    }
    IMAGES.mkdir(exist_ok=True)
    for name, image in samples.items():
        image.save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
