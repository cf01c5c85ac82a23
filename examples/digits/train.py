"""Trains the network of digits.yaml on scikit-learn's handwritten digits: `python train.py MODULE OUT`.

MODULE is the file that `mnv3 torch digits.yaml -o MODULE` wrote. In the folder OUT it leaves digits.safetensors, held-back.pgm
(fifty digits that training never saw, one below the other, five of each from 0 to 9), held-back.txt (what PyTorch reads there), and
a folder calibrate of forty that it did see, each a picture of its own.
"""

import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn import functional as F

STEPS, BATCH, RATE = 800, 64, 4e-3
SIZE = 32
OF_EACH = 5


def load_network(path):
    spec = importlib.util.spec_from_file_location("generated", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Digits(dropout=0.1)


def load_images():
    """Bytes, N x 32 x 32, ink bright on black, and labels: to train on, and held back."""
    digits = load_digits()
    small = torch.from_numpy(digits.images).float()[:, None] / 16
    large = F.interpolate(small, (SIZE, SIZE), mode="bilinear").squeeze(1)
    return train_test_split((large * 255).round().byte().numpy(), digits.target, random_state=1, stratify=digits.target)


def as_input(images):
    """Bytes to -1..1, N x 1 x 32 x 32: what main.rs does with a pixel."""
    return torch.from_numpy(images).float()[:, None] / 127.5 - 1


def moved(images, generator):
    """Every image turned, scaled and shifted a little."""
    n = len(images)
    angle, scale, across, down = (torch.rand(4, n, generator=generator) * 2 - 1) * torch.tensor([[0.2], [0.1], [0.12], [0.12]])
    cos, sin = (1 + scale) * angle.cos(), (1 + scale) * angle.sin()
    maps = torch.stack([torch.stack([cos, -sin, across], 1), torch.stack([sin, cos, down], 1)], 1)
    # Outside is 0 there, and black here is -1.
    return F.grid_sample(images + 1, F.affine_grid(maps, list(images.shape), align_corners=False), align_corners=False) - 1


def train(network, images, labels):
    generator = torch.Generator().manual_seed(1)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=0.02)
    network.train()
    for step in range(1, STEPS + 1):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, step / 100) * 0.5 * (1 + math.cos(math.pi * step / STEPS))
        batch = torch.randint(len(images), (BATCH,), generator=generator)
        loss = F.cross_entropy(network(moved(images[batch], generator)), labels[batch], label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 200 == 0:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)


def main(module, out):
    torch.manual_seed(1)
    network = load_network(module)
    images, held_back, labels, held_back_labels = load_images()
    train(network, as_input(images), torch.from_numpy(labels))

    # F16 halves the file; what is measured is what the file says.
    shipped = {name: tensor.half() for name, tensor in network.export_tensors().items()}
    network.load_tensors({name: tensor.float() for name, tensor in shipped.items()})
    network.eval()
    right = network.predict(as_input(held_back)).argmax(1).numpy() == held_back_labels
    print(f"{right.sum()} of {len(right)} digits held back are read right: {right.mean():.2%}")

    shown = np.concatenate([held_back[held_back_labels == digit][:OF_EACH] for digit in range(10)])
    probabilities = network.predict(as_input(shown)).max(1)
    out.mkdir(parents=True, exist_ok=True)
    save_file(shipped, out / "digits.safetensors")
    (out / "held-back.pgm").write_bytes(b"P5 %d %d 255\n" % (SIZE, SIZE * len(shown)) + shown.tobytes())
    lines = [f"{digit} {probability:.3f}\n" for probability, digit in zip(*probabilities, strict=True)]
    (out / "held-back.txt").write_text("".join(lines))
    calibrate = out / "calibrate"
    calibrate.mkdir(exist_ok=True)
    for digit in range(10):
        for n, image in enumerate(images[labels == digit][:4]):
            (calibrate / f"{digit}-{n}.pgm").write_bytes(b"P5 %d %d 255\n" % (SIZE, SIZE) + image.tobytes())
    # The fifty are not chosen, so that one of them may be wrong; a network that learnt reads all but a few of the rest.
    return 0 if right.mean() >= 0.98 else "the network has not learnt: expected 98 % or more"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
