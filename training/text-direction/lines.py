"""Pictures of lines: clean masks from fonts, then the wear of cameras, scanners and screens."""

import functools
import io
import random
import re
import subprocess

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from text import SCRIPTS, Writer

NOT_FOR_READING = (
    "emoji", "symbol", "math", "dingbat", "icons", "music", "lastresort", "fallback", "blank", "keyboard", "initials",
    "d050000l", "decorative", "kacstart",
)  # fmt: skip

#: Script to the designs that test it, as beginnings of family names. A family that tests any script trains none, in no
#: style and for no script: see `held_back`. Designs are held back whole: relatives share a beginning (Amiri Quran), and
#: leaks.py looks for relatives under other names.
HELD_BACK = {
    "latin": ("Caladea", "Comic Neue", "Fira", "Gentium", "Junicode", "Linux Biolinum", "Linux Libertine", "PT ", "Vollkorn"),
    "cyrillic": ("Fira", "Linux Biolinum", "Linux Libertine", "PT ", "Vollkorn"),
    "greek": ("Fira", "Gentium", "Junicode", "Linux Biolinum", "Linux Libertine", "Vollkorn"),
    "arabic": ("Amiri", "Noto Sans Arabic"),
    "devanagari": ("Annapurna", "Kalimati", "Nakula"),
    "thai": ("Noto Looped Thai", "Purisa", "Waree"),
    "han": ("AR PL UKai", "WenQuanYi Micro Hei"),
    "kana": ("IPAMincho", "IPAPMincho", "WenQuanYi Micro Hei"),
    "hangul": ("NanumMyeongjo", "UnBatang"),
}
#: Likewise the designs, of other families, on which the probabilities are calibrated and the threshold is chosen.
CALIBRATES = {
    "latin": ("Cabin", "Cardo", "Inter", "Play", "Galatia", "Quattrocento"),
    "cyrillic": ("Inter", "Play", "Tuffy"),
    "greek": ("Cardo", "Galatia", "Inter", "Play", "Tuffy"),
    "arabic": ("Harmattan", "Thabit", "Lemonada"),
    "devanagari": ("Sarai", "Aksharyogini"),
    "thai": ("Sawasdee",),
    "han": ("cwTeXFangSong", "BabelStone Han"),
    "kana": ("Sawarabi", "Motoya"),
    "hangul": ("Lexi", "D2Coding"),
}
#: What lines are for: to train, to calibrate, to test.
SPLITS = {"calibrate": CALIBRATES, "test": HELD_BACK}


def held_back(family: str) -> bool:
    """Whether a family is kept from training."""
    return family.startswith(tuple(name for split in SPLITS.values() for names in split.values() for name in names))


def design(family: str) -> str:
    """The name that regional and width variants of one design share, so that each design is drawn equally often."""
    return re.sub(r" (CJK|Mono CJK|UMing|UKai|Narrow|Condensed|Display|Caption|Light|Medium|Mono|Sharp)\b.*", "", family)


def fonts() -> dict[str, dict[str, list[tuple[str, int]]]]:
    """Script to family to files (with index in the collection), as fontconfig knows them."""
    found = {}
    for script, (language, _) in SCRIPTS.items():
        listing = subprocess.run(
            ["fc-list", f":lang={language}", "file", "family", "index"], capture_output=True, text=True, check=True
        )
        families = {}
        for row in sorted(listing.stdout.splitlines()):
            file, _, rest = row.partition(": ")
            family, _, index = rest.partition(":index=")
            family = family.split(",")[0]
            if file.endswith((".ttf", ".otf", ".ttc")) and not any(n in family.lower() for n in NOT_FOR_READING):
                families.setdefault(family, []).append((file, int(index or 0) & 0xFFFF))
        found[script] = families
    return found


@functools.cache
def characters(font: tuple[str, int]) -> bytes:
    """Which code points a font has, one bit each: kept for all fonts, for reading them takes long."""
    has = np.zeros(0x20000, bool)
    points = TTFont(font[0], fontNumber=font[1], lazy=True).getBestCmap() or ()
    has[[point for point in points if point < len(has)]] = True
    return np.packbits(has).tobytes()


def has(font: tuple[str, int], text: str) -> bool:
    """Whether a font has every character of a text."""
    bits = characters(font)
    return all(bits[point >> 3] & (128 >> (point & 7)) for point in map(ord, text))


@functools.cache
def face(font: tuple[str, int], size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font[0], size, index=font[1])


@functools.cache
def picture(font: tuple[str, int], character: str) -> tuple:
    """A character's pixels as a value that can be compared; no pixels for a blank glyph."""
    mask = face(font, 28).getmask(character)
    return mask.size, bytes(mask)


def forget_fonts():
    """Frees the gigabytes that open fonts and their letters take."""
    for cached in (face, picture):
        cached.cache_clear()


def legible(line: str, font: tuple[str, int]) -> bool:
    """Whether a font really draws a line: some map letters to blanks, or all of a script to one empty box."""
    drawn = [picture(font, c) for c in sorted(set(line)) if c.isalnum()]
    return all(any(pixels) for _, pixels in drawn) and max(map(drawn.count, drawn)) < 3


def usable(all_fonts, script: str, split: str) -> list[list[tuple[str, int]]]:
    """The files of each design that a script has in a split: `train`, or one of `SPLITS`."""
    designs = {}
    for family, files in all_fonts[script].items():
        if not held_back(family) if split == "train" else family.startswith(SPLITS[split][script]):
            designs.setdefault(design(family), []).extend(files)
    return list(designs.values())


def draw(line: str, font: tuple[str, int], rng: random.Random) -> Image.Image | None:
    """Ink as white on black, cropped to the ink."""
    if not has(font, line) or not legible(line, font):
        return None
    drawn = face(font, rng.randrange(28, 60, 4))
    box = drawn.getbbox(line)
    w, h = box[2] - box[0], box[3] - box[1]
    if not (8 < w < 1600 and 8 < h < 120):
        return None
    image = Image.new("L", (w + 8, h + 8))
    ImageDraw.Draw(image).text((4 - box[0], 4 - box[1]), line, 255, font=drawn)
    ink = image.getbbox()
    return image.crop(ink) if ink else None


def clean_lines(split: str, seed: int | str, scripts: list[str] | None = None, kinds: list[str] | None = None):
    """Yields (script, font file, mask, text) without end.

    Scripts and kinds of text are drawn in turn if given, else as often as `Writer` says.
    """
    rng = random.Random(seed)
    writer, known = Writer(rng), fonts()
    designs = {script: usable(known, script, split) for script in SCRIPTS}
    missing = [script for script, files in designs.items() if not files]
    if missing:
        raise SystemExit(f"no font to {split} for {', '.join(missing)}: install fonts.txt")
    made = 0
    while True:
        script = scripts[made % len(scripts)] if scripts else writer.script()
        kind = kinds[made % len(kinds)] if kinds else writer.kind()
        font = rng.choice(rng.choice(designs[script]))
        line = writer.line(script, kind)
        try:
            mask = draw(line, font, rng)
        except (OSError, ValueError):
            continue
        if mask is not None:
            made += 1
            yield script, font[0], mask, line


def colours(rng: random.Random):
    """Ink and paper with some contrast, dark on light three times in four."""
    while True:
        a, b = (np.array([rng.randint(0, 255) for _ in range(3)], np.float32) for _ in range(2))
        if rng.random() < 0.5:
            a[:], b[:] = rng.randint(0, 90), rng.randint(150, 255)
        contrast = a.mean() - b.mean()
        if abs(contrast) > 45:
            dark, light = (a, b) if contrast < 0 else (b, a)
            return (dark, light) if rng.random() < 0.75 else (light, dark)


def worn(mask: Image.Image, neighbour: Image.Image, rng: random.Random) -> Image.Image:
    """An upright line as a camera, a scanner or a screen may show it."""
    w, h = mask.size
    top, bottom, left, right = (int(h * rng.uniform(0, 0.35)) for _ in range(4))
    sheet = Image.new("L", (w + left + right, h + top + bottom))
    if rng.random() < 0.25:  # the line above or below reaches into the picture
        gap = max(1, int(h * 0.06))
        if rng.random() < 0.5 and top > gap:
            sheet.paste(neighbour, (0, top - gap - neighbour.size[1]))
        elif bottom > gap:
            sheet.paste(neighbour, (0, top + h + gap))
    sheet.paste(mask, (left, top), mask)
    if rng.random() < 0.25:  # as a program would show it
        return ImageOps.invert(sheet).convert("RGB")
    if rng.random() < 0.5:
        sheet = sheet.rotate(rng.uniform(-4, 4), Image.Resampling.BILINEAR, expand=rng.random() < 0.7)
    if rng.random() < 0.4:
        sw, sh = sheet.size
        d = [rng.uniform(-0.08, 0.08) * sh for _ in range(8)]
        quad = (d[0], d[1], d[2], sh + d[3], sw + d[4], sh + d[5], sw + d[6], d[7])
        sheet = sheet.transform(sheet.size, Image.Transform.QUAD, quad, Image.Resampling.BILINEAR)
    if rng.random() < 0.3:
        sheet = sheet.resize((max(8, int(sheet.size[0] * rng.uniform(0.7, 1.4))), sheet.size[1]), Image.Resampling.BILINEAR)
    shrink = 48 / sheet.size[1] * (1 if rng.random() < 0.5 else rng.uniform(0.35, 1))
    sheet = sheet.resize([max(4, int(n * shrink)) for n in sheet.size], Image.Resampling.BILINEAR)
    if rng.random() < 0.35:
        sheet = sheet.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.2) * sheet.size[1] / 48))
    if rng.random() < 0.12:  # a scanner in black and white
        cut = rng.uniform(70, 170)
        sheet = sheet.point(lambda ink: 255 if ink > cut else 0)
    ink, paper = colours(rng)
    alpha = np.asarray(sheet, np.float32)[..., None] / 255
    noise = np.random.default_rng(rng.getrandbits(32))
    sheet_h, sheet_w = alpha.shape[:2]
    if rng.random() < 0.4:  # uneven light
        slope = rng.uniform(-40, 40) * np.linspace(-1, 1, sheet_w)[None, :, None]
        paper = paper + slope + rng.uniform(-25, 25) * np.linspace(-1, 1, sheet_h)[:, None, None]
    picture = alpha * ink + (1 - alpha) * paper
    if rng.random() < 0.5:
        picture = picture + noise.normal(0, rng.uniform(1, 18), picture.shape)
    image = Image.fromarray(picture.clip(0, 255).astype(np.uint8))
    if rng.random() < 0.3:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=rng.randint(25, 90))
        image = Image.open(file).convert("RGB")
    return image
