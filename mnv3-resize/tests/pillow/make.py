"""Writes what Pillow's `Image.resize` gives, for mnv3-resize's tests: `python make.py` (Pillow and numpy as in
tests/fixtures/requirements-torch.txt).

`cases.json` is a list of cases, one a line. Each resizes a picture that a formula gives (`picture`, the same in
`../pillow.rs`) and keeps the 64-bit FNV-1a hash of the window's bytes, as 16 hexadecimal digits; a few keep the bytes too.

    kind       picture: `noise`, any byte; `edges`, 0 or 255, so that filters with negative lobes overshoot
    channels   1, 3 or 4: Pillow's modes L, RGB and CMYK
    filter     name of Pillow's constant, in lower case
    from, to   height and width
    window     first row, first column, rows, columns of the result that are kept; without it all of them
"""

import json
import random
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
FILTERS = ["nearest", "box", "bilinear", "bicubic", "lanczos"]
MODES = {1: "L", 3: "RGB", 4: "CMYK"}


def picture(kind, height, width, channels):
    """splitmix64 of each number's place; its upper byte, or 255 times its uppermost bit."""
    with np.errstate(over="ignore"):
        z = (np.arange(height * width * channels, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    values = (z >> np.uint64(56)).astype(np.uint8) if kind == "noise" else (z >> np.uint64(63)).astype(np.uint8) * 255
    return values.astype(np.uint8).reshape(height, width, channels)


def fnv1a(data):
    """64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def answer(case, whole=False):
    """The case with what Pillow makes of it."""
    pixels = picture(case["kind"], *case["from"], case["channels"])
    image = Image.fromarray(pixels if case["channels"] > 1 else pixels[:, :, 0], MODES[case["channels"]])
    height, width = case["to"]
    resized = np.asarray(image.resize((width, height), Image.Resampling[case["filter"].upper()]))
    if "window" in case:
        top, left, rows, columns = case["window"]
        resized = resized[top : top + rows, left : left + columns]
    data = np.ascontiguousarray(resized).tobytes()
    return case | {"fnv1a": fnv1a(data)} | ({"bytes": data.hex()} if whole else {})


def case(channels, name, source, target, window=None, kind="noise"):
    made = {"kind": kind, "channels": channels, "filter": name, "from": source, "to": target}
    return made | ({"window": window} if window else {})


def cases():
    draw = random.Random(11)

    def edge(longest):
        return int(round(longest ** draw.random()))

    # A few whole ones: a test that fails on them shows where.
    for name in FILTERS:
        for source, target in [([5, 7], [3, 4]), ([3, 2], [7, 9]), ([20, 33], [4, 5]), ([4, 6], [4, 3])]:
            yield answer(case(1, name, source, target, kind="edges"), whole=True)
    # Widths whose columns Pillow finds by adding up, and heights.
    for width in [256, 512, 640, 1024, 1280, 1920]:
        yield answer(case(3, "nearest", [3, width], [3, 224]))
        yield answer(case(1, "nearest", [width, 3], [224, 3]))
    # What networks are given.
    for name in ["bilinear", "bicubic"]:
        for source, target in [([480, 640], [256, 341]), ([375, 500], [235, 313]), ([960, 1280], [256, 341]), ([64, 48], [341, 256])]:
            top, left = (target[0] - 224) // 2, (target[1] - 224) // 2
            yield answer(case(3, name, source, target, [top, left, 224, 224]))
    # Long ones, more than a piece of a row.
    for name in FILTERS:
        yield answer(case(3, name, [2, 100_003], [9, 24]))
        yield answer(case(1, name, [100_003, 2], [24, 9]))
        yield answer(case(1, name, [3, 40_001], [2, 39_000], [0, 17_000, 2, 600]))
        yield answer(case(1, name, [1, 3], [1, 30_000], [0, 9_000, 1, 500]))
    # Anything.
    for i in range(600):
        name, channels = FILTERS[i % 5], [1, 3, 3, 4][i // 5 % 4]
        source, target = [edge(400), edge(400)], [edge(260), edge(260)]
        if i % 7 == 0:
            axis = i // 7 % 2
            target[axis] = source[axis]
        window = None
        if i % 3 == 0:
            rows, columns = (draw.randint(1, n) for n in target)
            window = [draw.randint(0, target[0] - rows), draw.randint(0, target[1] - columns), rows, columns]
        yield answer(case(channels, name, source, target, window, draw.choice(["noise", "edges"])))


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(one) for one in cases())
    (HERE / "cases.json").write_text(f"[\n{lines}\n]\n")
