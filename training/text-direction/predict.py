"""The shipped weights applied to a picture of a line, as the compiled network and its command line do it."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from preprocess import scale, seen, windows
from text_direction import TextDirection

WEIGHTS = Path(__file__).resolve().parents[2] / "specs" / "text-direction.safetensors"
#: Below this probability of the likelier direction the answer is "unsure"; the card says why.
THRESHOLD = 0.8


def load(weights: Path = WEIGHTS) -> TextDirection:
    """The network with the tensors of the file (F16 as shipped) widened to F32, and nothing else."""
    model = TextDirection()
    model.load_tensors({name: tensor.float() for name, tensor in load_file(weights).items()})
    return model.eval()


def batch_of(image: Image.Image) -> torch.Tensor:
    """The windows of a line, N x 3 x 48 x 192."""
    return torch.from_numpy(np.stack(windows(scale(seen(image)))).transpose(0, 3, 1, 2).copy())


def turned(model: TextDirection, image: Image.Image) -> float:
    """Probability that a line is turned by 180 degrees: the mean over its windows."""
    return model.predict(batch_of(image))[:, 1].mean().item()
