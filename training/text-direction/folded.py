"""The network with its batch norms folded into the convolutions: their statistics stay as they are, all else trains.

    python folded.py        # checks gradient.cpp against PyTorch, and times both
"""

import ctypes
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from predict import load
from text_direction import Layers, TextDirection

SOURCE = Path(__file__).with_name("gradient.cpp")
COMPILE = ["g++", "-std=c++17", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]


def scaled(layers: Layers, conv_name: str, norm_name: str) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution and its batch norm as one, differentiable with respect to both."""
    conv, norm = layers.get_submodule(conv_name), layers.get_submodule(norm_name)
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    return conv.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale


def normed(layers: Layers, conv_name: str, norm_name: str, x: Tensor) -> Tensor:
    """What `Layers.normed` does, with folded batch norms."""
    conv = layers.get_submodule(conv_name)
    return F.conv2d(x, *scaled(layers, conv_name, norm_name), conv.stride, conv.padding, conv.dilation, conv.groups)


def flat(model: TextDirection) -> Tensor:
    """All folded parameters, in the order of the forward pass."""
    found = [*scaled(model, "features.0.0", "features.0.1")]
    for number in range(1, 12):
        block = model.get_submodule(f"features.{number}.block")
        for layer, (first, second) in block.names.items():
            if layer == "squeeze_excite":
                found += [p for name in (first, second) for p in block.get_submodule(name).parameters()]
            else:
                found += scaled(block, first, second)
    found += [*scaled(model, "features.12.0", "features.12.1"), *model.get_submodule("classifier.0").parameters()]
    return torch.cat([part.flatten() for part in found])


def call(function, *values):
    """Calls a function of gradient.cpp with numbers, and with arrays as pointers."""
    function(*(ctypes.c_void_p(v.ctypes.data) if isinstance(v, np.ndarray) else ctypes.c_int(v) for v in values))


class Compiled:
    """gradient.cpp, compiled for this machine. Windows are N x 48 x 192 x 3 of 8 bits; right of its width one is mid-grey."""

    def __init__(self):
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "gradient.so"
            subprocess.run([*COMPILE, SOURCE, "-o", library], check=True)
            self.library = ctypes.CDLL(str(library))
        self.library.gradient_of.restype = self.library.margins_of.restype = None

    def gradient(self, parameters: Tensor, windows: np.ndarray, widths: np.ndarray, gains: np.ndarray, is_line: np.ndarray):
        """Gradient of the mean loss with respect to `flat`, margins N x 2 and losses N."""
        count = len(windows)
        kinds = (np.float32, np.uint8, np.uint8, np.float32, np.uint8)
        inputs = [np.ascontiguousarray(v, kind) for v, kind in zip((parameters.detach(), windows, widths, gains, is_line), kinds)]
        found, margins, losses = (np.empty(shape, np.float32) for shape in (len(parameters), (count, 2), count))
        call(self.library.gradient_of, *inputs, count, found, margins, losses)
        return torch.from_numpy(found), margins, losses

    def margins(self, parameters: Tensor, windows: np.ndarray, widths: np.ndarray) -> np.ndarray:
        """Score of *turned* minus that of *upright* of each window as it is."""
        kinds = (np.float32, np.uint8, np.uint8)
        inputs = [np.ascontiguousarray(v, kind) for v, kind in zip((parameters.detach(), windows, widths), kinds)]
        margins = np.empty(len(windows), np.float32)
        call(self.library.margins_of, *inputs, len(windows), margins)
        return margins


def losses_of(scores: Tensor, is_line: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy of each pair, and the loss to be minimised.

    To it belongs a loss of each pair as a pair: the turned line must look more turned than the upright one. What both
    share (colours, contrast, font) cancels there and leaves the gradient to what differs.
    """
    upright, turned = (scores[:, 1] - scores[:, 0]).view(-1, 2).T
    lines = (F.softplus(upright) + F.softplus(-turned)) / 2
    others = (F.softplus(upright) + F.softplus(-upright) + F.softplus(turned) + F.softplus(-turned)) / 4
    each = torch.where(is_line, lines, others)
    return each, (each + is_line * F.softplus(upright - turned) / 2).mean()


def main():
    torch.set_num_threads(1)
    Layers.normed = normed
    model, compiled, noise = load(), Compiled(), np.random.default_rng(0)
    count = 16
    windows = noise.integers(0, 256, (count, 6, 12, 3), np.uint8).repeat(8, 1).repeat(16, 2)
    widths, gains, is_line = noise.integers(20, 193, count), noise.uniform(-1, 1, count), noise.random(count) < 0.8
    images = torch.zeros(count, 2, 48, 192, 3)
    for image, window, width, gain in zip(images, windows, widths, gains):
        line = torch.from_numpy(window[:, :width]).float() / 127.5 - 1
        image[0, :, :width], image[1, :, :width] = line * float(gain), line.flip(0, 1) * float(gain)
    before = time.perf_counter()
    scores = model(images.flatten(0, 1).permute(0, 3, 1, 2))
    each, loss = losses_of(scores, torch.from_numpy(is_line))
    parameters = flat(model)
    wanted = torch.autograd.grad(loss, list(model.parameters()), retain_graph=True)
    middle = time.perf_counter()
    found, margins, losses = compiled.gradient(parameters, windows, widths, gains, is_line)
    compiled.gradient(parameters, windows, widths, gains, is_line)
    after = time.perf_counter()
    parameters.backward(found)
    alone = compiled.margins(parameters, windows, widths)
    plain = images[:, 0] / torch.from_numpy(gains).float()[:, None, None, None]
    wanted_alone = model(plain.permute(0, 3, 1, 2))
    apart = {
        "margins alone": np.abs(alone - (wanted_alone[:, 1] - wanted_alone[:, 0]).detach().numpy()).max(),
        "margins": np.abs(margins.ravel() - (scores[:, 1] - scores[:, 0]).detach().numpy()).max(),
        "losses": np.abs(losses - each.detach().numpy()).max(),
    }
    for (name, parameter), want in zip(model.named_parameters(), wanted):
        apart[name] = ((parameter.grad - want).norm() / (want.norm() + 1e-6)).item()
    worst = max(apart, key=apart.get)
    print(f"PyTorch {1000 * (middle - before):.0f} ms, gradient.cpp {500 * (after - middle):.0f} ms for {2 * count} windows")
    print(f"furthest apart: {worst} by {apart[worst]:.1e}")
    if apart[worst] > 1e-3:
        raise SystemExit("\n".join(f"{name} {by:.1e}" for name, by in apart.items()))


if __name__ == "__main__":
    main()
