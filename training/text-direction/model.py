"""The network of specs/text-direction.yaml as a torchvision-style module.

The table is read from the spec, so that training and compiled network cannot drift apart. Tensor names are those of
torchvision's MobileNetV3, which is the dialect that the spec names.
"""

from pathlib import Path

import torch
import yaml
from torch import nn

SPEC = Path(__file__).resolve().parents[2] / "specs" / "text-direction.yaml"
NONLINEARITY = {"RE": nn.ReLU, "HS": nn.Hardswish, None: nn.Identity}


def make_divisible(value: float, divisor: int = 8) -> int:
    """Rounds to a multiple of `divisor`, not below nine tenths of the value."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def conv(cin, cout, k=1, stride=1, groups=1, nl=None):
    """Convolution, batch norm, non-linearity."""
    layers = [
        nn.Conv2d(cin, cout, k, stride, padding=k // 2, groups=groups, bias=False),
        nn.BatchNorm2d(cout, eps=1e-3, momentum=0.03),
    ]
    return nn.Sequential(*layers, *([NONLINEARITY[nl]()] if nl else []))


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        squeeze = make_divisible(channels / 4)
        self.fc1 = nn.Conv2d(channels, squeeze, 1)
        self.fc2 = nn.Conv2d(squeeze, channels, 1)

    def forward(self, x):
        gate = torch.relu(self.fc1(x.mean((2, 3), keepdim=True)))
        return x * nn.functional.hardsigmoid(self.fc2(gate))


class Bottleneck(nn.Module):
    def __init__(self, cin, row):
        super().__init__()
        exp, out, nl = row["exp"], row["out"], row["nl"]
        stride = row["s"] if isinstance(row["s"], list) else [row["s"]] * 2
        parts = [conv(cin, exp, nl=nl)] if exp != cin else []
        parts.append(conv(exp, exp, row["k"], stride, groups=exp, nl=nl))
        if row["se"]:
            parts.append(SqueezeExcite(exp))
        self.block = nn.Sequential(*parts, conv(exp, out))
        self.residual = stride == [1, 1] and cin == out

    def forward(self, x):
        return x + self.block(x) if self.residual else self.block(x)


class TextDirection(nn.Module):
    """3 x 48 x 192 in -1..1 to two logits: upright, turned by 180 degrees."""

    def __init__(self, spec: Path = SPEC):
        super().__init__()
        table = yaml.safe_load(spec.read_text())
        stem, last, head = table["stem"], table["last"], table["head"]
        layers = [conv(table["input"]["channels"], stem["out"], stem["k"], stem["s"], nl=stem["nl"])]
        channels = stem["out"]
        for row in table["bottlenecks"]:
            layers.append(Bottleneck(channels, row))
            channels = row["out"]
        layers.append(conv(channels, last["out"], nl=last["nl"]))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Linear(last["out"], head["classes"]))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))
