"""Writes torchvision's LR-ASPP and SSDLite (batch norms folded) as .tflite files, of the same parts as the networks that classify."""

from __future__ import annotations

from torch import nn
from torchvision.models.mobilenetv3 import InvertedResidual

from .tflite_model import NONE, Graph, bottleneck, bottleneck_layers, conv_act


def lraspp(module: nn.Module, size: int) -> bytes:
    """From an image to logits of its pixels."""
    graph = Graph()
    image = graph.tensor((1, size, size, 3))
    x, low = image, None
    (low_name,) = (name for name, part in module.backbone.return_layers.items() if part == "low")
    for name, layer in module.backbone.items():
        x = _layer(graph, x, layer)
        low = x if name == low_name else low
    head = module.classifier
    gate = graph.sigmoid(graph.conv(graph.mean(x, keep=True), head.scale[1], NONE))
    x = graph.mul(conv_act(graph, x, head.cbr), gate)
    _, height, width, _ = graph.shape(low)
    x = graph.conv(graph.resize(x, height, width), head.high_classifier, NONE)
    x = graph.add(x, graph.conv(low, head.low_classifier, NONE))
    return graph.finish(image, graph.resize(x, size, size))


def ssdlite(module: nn.Module, size: int) -> bytes:
    """From an image to logits and offsets of all anchors."""
    graph = Graph()
    image = graph.tensor((1, size, size, 3))
    x, maps = image, []
    for part in module.backbone.features:
        for layer in part:
            # What follows the expansion that a map is taken from.
            rest = not isinstance(layer, InvertedResidual) and len(layer) == 3 and isinstance(layer[0], nn.Sequential)
            x = bottleneck_layers(graph, x, layer) if rest else _layer(graph, x, layer)
        maps.append(x)
    for extra in module.backbone.extra:
        for layer in extra:
            x = conv_act(graph, x, layer)
        maps.append(x)
    outputs = []
    for head, columns in ((module.head.classification_head, 91), (module.head.regression_head, 4)):
        parts = []
        for x, (depthwise, predict) in zip(maps, head.module_list, strict=True):
            y = graph.conv(conv_act(graph, x, depthwise), predict, NONE)
            _, height, width, numbers = graph.shape(y)
            parts.append(graph.reshape(y, (1, height * width * numbers // columns, columns)))
        outputs.append(graph.joined(parts))
    return graph.finish(image, *outputs)


def _layer(graph: Graph, x: int, layer: nn.Module) -> int:
    return bottleneck(graph, x, layer) if isinstance(layer, InvertedResidual) else conv_act(graph, x, layer)
