"""The shipped weights applied to a picture of a line, as the compiled network and its command line do it."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from model import TextDirection
from preprocess import scale, seen, windows

WEIGHTS = Path(__file__).resolve().parents[2] / "specs" / "text-direction.safetensors"


def load(weights: Path = WEIGHTS) -> TextDirection:
    """The network with the F16 tensors of the file widened to F32, and nothing else."""
    model = TextDirection()
    tensors = {name: tensor.float() for name, tensor in load_file(weights).items()}
    tensors |= {k: v for k, v in model.state_dict().items() if k.endswith("num_batches_tracked")}
    model.load_state_dict(tensors)
    return model.eval()


@torch.no_grad()
def turned(model: TextDirection, image: Image.Image) -> float:
    """Probability that a line is turned by 180 degrees: the mean over its windows."""
    batch = torch.from_numpy(np.stack(windows(scale(seen(image)))).transpose(0, 3, 1, 2).copy())
    return model(batch).softmax(1)[:, 1].mean().item()
