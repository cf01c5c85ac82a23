"""What is known of the networks without running them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

NETWORKS = ("large", "small")
SIZE = 224
# Of the convolutions and linear layers, for one image.
MULTIPLY_ADDS = {"large": 216_589_760, "small": 56_510_400}
PARAMETERS = {"large": 5_483_032, "small": 2_542_856}


def write_scores(folder: Path, scores: np.ndarray) -> None:
    """Keeps the float64 scores of the image beside the models."""
    (folder / "scores.json").write_text(json.dumps([float(f"{score:.9g}") for score in scores]))


def expected_scores(folder: Path) -> np.ndarray:
    return np.array(json.loads((folder / "scores.json").read_text()))


def write_blocks(folder: Path, multiply_adds: dict[str, int]) -> None:
    """Keeps the multiply-adds of the blocks beside the models."""
    (folder / "blocks.json").write_text(json.dumps(multiply_adds))


def block_multiply_adds(folder: Path) -> dict[str, int]:
    return json.loads((folder / "blocks.json").read_text())
