"""Looks for training fonts that are held-back designs under another name; fails if it finds one.

    python leaks.py

Every letter of a font, cropped to its ink and stretched to a square, is compared to the same letter of every training
font. Fonts cut from one design agree in nearly all letters, whatever their names and sizes.
"""

import random
import sys

import numpy as np
from PIL import Image

from lines import SCRIPTS, face, fonts, has, usable

SIDE = 24
#: Mean difference of two letters, of 1, below which they are one drawing. Neighbouring weights of a family are near 0.05.
SAME = 0.03
#: Share of same letters from which two fonts are one design. Simple shapes (I, l, vertical strokes) agree by chance.
LIMIT = 0.12
RANGES = {"han": (0x4E00, 0x8FFF), "kana": (0x3042, 0x308D), "hangul": (0xAC00, 0xD7A3)}


def letters(script: str) -> str:
    if script in RANGES:
        return "".join(map(chr, random.Random(0).sample(range(*RANGES[script]), 48)))
    alphabet = SCRIPTS[script][1]
    return alphabet + "".join(c.upper() for c in alphabet if c.upper() != c)


def shapes(font: tuple[str, int], text: str) -> np.ndarray:
    """Letters x pixels, NaN where the font has no such letter."""
    rows = np.full((len(text), SIDE * SIDE), np.nan, np.float32)
    for row, letter in zip(rows, text):
        if has(font, letter):
            try:
                mask = face(font, 64).getmask(letter)
            except OSError:  # a glyph that FreeType cannot draw, which `clean_lines` does not draw either
                continue
            image = Image.frombytes("L", mask.size, bytes(mask)) if mask.size[0] and mask.size[1] else None
            ink = image and image.getbbox()
            if ink:
                row[:] = np.asarray(image.crop(ink).resize((SIDE, SIDE), Image.Resampling.BOX), np.float32).ravel() / 255
    return rows


def main():
    known, leaks = fonts(), 0
    for script in SCRIPTS:
        text = letters(script)
        trained = sorted({file for files in usable(known, script, "train") for file in files})
        theirs = np.stack([shapes(font, text) for font in trained])
        for files in usable(known, script, "test"):
            for font in files:
                difference = np.abs(theirs - shapes(font, text)).mean(2)
                both = np.isfinite(difference).sum(1)
                share = np.where(both >= 8, (difference < SAME).sum(1) / np.maximum(both, 1), 0)
                nearest = int(share.argmax())
                leak = bool(share[nearest] >= LIMIT)
                leaks += leak
                names = (path.rsplit("/", 1)[1] for path in (font[0], trained[nearest][0]))
                print(script, "{}: nearest is {}".format(*names), f"{share[nearest]:.0%} of letters", "LEAK" * leak)
    sys.exit(f"{leaks} held-back files are among the training fonts" if leaks else 0)


if __name__ == "__main__":
    main()
