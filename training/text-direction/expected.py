"""Writes tests/fixtures/direction.json: what the shipped weights say of each image in tests/images, under PyTorch.

    python expected.py
"""

import json
from pathlib import Path

import PIL
import torch
from PIL import Image

from predict import THRESHOLD, load, turned

TESTS = Path(__file__).resolve().parents[2] / "tests"


def main():
    torch.set_num_threads(1)
    model = load()
    images = sorted((TESTS / "images").glob("*.png"))
    written = {
        "made_by": "training/text-direction/expected.py",
        "versions": {"torch": torch.__version__.split("+")[0], "pillow": PIL.__version__},
        "threshold": THRESHOLD,
        "upside_down": {image.name: round(turned(model, Image.open(image)), 6) for image in images},
    }
    (TESTS / "fixtures" / "direction.json").write_text(json.dumps(written, indent=2) + "\n")


if __name__ == "__main__":
    main()
