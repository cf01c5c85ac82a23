"""Cuts lines of text out of scanned pages by projections of their ink: columns first, then rows."""

from itertools import groupby

import numpy as np
from PIL import Image
from skimage.filters import threshold_sauvola
from skimage.measure import label, regionprops


def ink_of(page: Image.Image) -> np.ndarray:
    grey = np.asarray(page, np.float32)
    window = max(15, min(grey.shape) // 16 | 1)
    return grey < np.minimum(threshold_sauvola(grey, window, k=0.2, r=96), 240)


def straightened(page: Image.Image) -> Image.Image:
    """The page turned by the angle, within 4 degrees, that makes its rows of text stand out most."""
    ink = Image.fromarray(ink_of(page).astype(np.uint8) * 255)
    ink.thumbnail((1000, 1000), Image.Resampling.BOX)

    def contrast(angle):
        return np.diff(np.asarray(ink.rotate(angle, Image.Resampling.BILINEAR), np.float32).sum(1)).std()

    rough = max(np.arange(-4, 4.01, 0.5), key=contrast)
    angle = max(rough + np.arange(-0.4, 0.41, 0.1), key=contrast)
    return page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=int(np.median(page)))


def runs(full: np.ndarray, gap: int):
    """Start and end of the runs of True, runs nearer than `gap` taken as one."""
    ends = []
    for on, group in groupby(range(len(full)), key=lambda i: bool(full[i])):
        group = list(group)
        if on and ends and group[0] - ends[-1][1] < gap:
            ends[-1][1] = group[-1] + 1
        elif on:
            ends.append([group[0], group[-1] + 1])
    return ends


def text_height(ink: np.ndarray) -> float:
    """Median height of the components that may be letters."""
    heights = [r.bbox[2] - r.bbox[0] for r in regionprops(label(ink, connectivity=2)) if 6 <= r.bbox[2] - r.bbox[0] <= 80]
    return float(np.median(heights)) if heights else 0.0


def strips(ink: np.ndarray, letter: float):
    """Left and right of upright strips: columns of the page, cut to 24 letters so that bent or skewed lines fit boxes."""
    for left, right in runs(ink.sum(0) > 0.004 * ink.shape[0], max(3, int(0.9 * letter))):
        parts = max(1, round((right - left) / (24 * letter)))
        edges = np.linspace(left, right, parts + 1).astype(int)
        yield from zip(edges[:-1], edges[1:])


def is_text(ink: np.ndarray, letter: float) -> bool:
    """Whether the ink is one to four letters high, six or more wide, and six or more parts have the height of letters."""
    height, width = ink.shape
    if not (0.8 * letter <= height <= 4 * letter and width >= 6 * letter):
        return False
    parts = [r.bbox[2] - r.bbox[0] for r in regionprops(label(ink, connectivity=2))]
    return sum(0.5 * letter <= part <= 2.5 * letter for part in parts) >= 6


def lines_of(page: Image.Image, edge: float = 0.02):
    """Yields pictures of pieces of lines, upright as the page is; figures, rules and page edges are left out."""
    page = straightened(page.convert("L"))
    ink = ink_of(page)
    h, w = ink.shape
    ink[: int(h * edge)] = ink[int(h * (1 - edge)) :] = False
    ink[:, : int(w * edge)] = ink[:, int(w * (1 - edge)) :] = False
    letter = text_height(ink)
    if letter == 0:
        return
    for left, right in strips(ink, letter):
        strip = ink[:, left:right]
        profile = strip.sum(1)
        if not profile.any():
            continue
        full = profile > 0.12 * np.percentile(profile[profile > 0], 90)
        for top, bottom in runs(full, 2):
            found = np.flatnonzero(strip[top:bottom].any(0))
            if not is_text(strip[top:bottom, found[0] : found[-1] + 1], letter):
                continue
            pad = round(0.35 * letter)
            box = (left + found[0] - pad, top - pad, left + found[-1] + 1 + pad, bottom + pad)
            yield page.crop((max(0, box[0]), max(0, box[1]), min(w, box[2]), min(h, box[3])))
