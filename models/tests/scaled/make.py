"""Writes what Pillow makes of sample lines, for the test of scaling in mnv3-image/src/line.rs.

    python make.py        (Pillow and numpy as in training/text-direction/requirements.txt)

One sample is enlarged to 48 rows, the other is shrunk.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "training" / "text-direction"))

from preprocess import scale  # noqa: E402

for name in ["line-upright.png", "drawn-upside-down.png"]:
    values = scale(Image.open(ROOT / "tests" / "images" / name))
    Image.fromarray(np.rint((values + 1) * 127.5).astype(np.uint8)).save(HERE / name, optimize=True)
