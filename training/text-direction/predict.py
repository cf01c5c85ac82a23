"""The shipped weights applied to a picture of a line, as the compiled network and its command line do it."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from preprocess import scale, seen, windows
from text_direction import TextDirection

WEIGHTS = Path(__file__).resolve().parents[2] / "specs" / "text-direction.safetensors"


def load(weights: Path = WEIGHTS) -> TextDirection:
    """The network with the F16 tensors of the file widened to F32, and nothing else."""
    model = TextDirection()
    model.load_tensors({name: tensor.float() for name, tensor in load_file(weights).items()})
    return model.eval()


def turned(model: TextDirection, image: Image.Image) -> float:
    """Probability that a line is turned by 180 degrees: the mean over its windows."""
    batch = torch.from_numpy(np.stack(windows(scale(seen(image)))).transpose(0, 3, 1, 2).copy())
    return model.predict(batch)[:, 1].mean().item()
