"""One set of weights per network, and the models that the engines load, all made from it.

Every engine but ours gets the batch norms already folded into the convolutions, so that none pays for a folding pass
that it might lack.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
import torchvision
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from . import tflite_model
from .networks import NETWORKS, SIZE, write_blocks, write_scores

FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "fixtures"
sys.path.append(str(FIXTURES))

import formula


def torch_module(network: str) -> nn.Module:
    """The torchvision network with the weights of the parity tests, in float64 and in inference mode."""
    build = {"large": torchvision.models.mobilenet_v3_large, "small": torchvision.models.mobilenet_v3_small}[network]
    module = build(weights=None).double().eval()
    gain = json.loads((FIXTURES / f"tv-{network}.json").read_text())["gain"]
    state = {
        name: torch.from_numpy(formula.weights(name, tuple(tensor.shape), gain)).double()
        for name, tensor in module.state_dict().items()
        if tensor.is_floating_point()
    }
    module.load_state_dict(state, strict=False)
    return module


def folded(module: nn.Module) -> nn.Module:
    """The same function with each batch norm folded into the convolution before it."""
    for child in module.children():
        folded(child)
    layers = list(module._modules.items())
    for (conv_name, conv), (norm_name, norm) in itertools.pairwise(layers):
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            module._modules[conv_name] = fuse_conv_bn_eval(conv, norm)
            module._modules[norm_name] = nn.Identity()
    return module


def make(network: str, folder: Path) -> None:
    """Writes the models, the image and the expected scores of a network into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    module = torch_module(network)
    image = formula.image(SIZE, SIZE, 3)
    nchw = np.ascontiguousarray(image.transpose(2, 0, 1))[None]
    image.tofile(folder / "image-nhwc.f32")
    nchw.tofile(folder / "image-nchw.f32")
    with torch.inference_mode():
        scores = module(torch.from_numpy(nchw).double())[0].numpy()
    write_scores(folder, scores)
    write_blocks(folder, block_multiply_adds(module, torch.from_numpy(nchw).double()))
    state = {name: tensor.float() for name, tensor in module.state_dict().items() if tensor.is_floating_point()}
    safetensors.torch.save_file(state, folder / "model.safetensors")

    module = folded(module)
    (folder / "model.tflite").write_bytes(tflite_model.encode(module, SIZE))
    module = module.float()
    torch.save(module.state_dict(), folder / "folded.pt")
    onnx_model(module, folder / "model.onnx")
    openvino_model(folder)


def block_multiply_adds(module: nn.Module, image: torch.Tensor) -> dict[str, int]:
    """The multiply-adds of each block, under the names that mnv3 gives its blocks."""
    counts = {}

    def count(block: str):
        def hook(layer: nn.Module, _: object, output: torch.Tensor) -> None:
            weights = layer.weight
            per_output = weights[0].numel() if isinstance(layer, nn.Conv2d) else weights.shape[1]
            counts[block] = counts.get(block, 0) + output.numel() * per_output

        return hook

    features = len(module.features)
    names = ["stem"] + [f"bottleneck {number}" for number in range(1, features - 1)] + ["last"]
    hooks = []
    for name, block in [*zip(names, module.features, strict=True), ("head", module.classifier)]:
        for layer in block.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                hooks.append(layer.register_forward_hook(count(name)))
    with torch.inference_mode():
        module(image)
    for hook in hooks:
        hook.remove()
    return counts


def onnx_model(module: nn.Module, path: Path) -> None:
    example = torch.zeros(1, 3, SIZE, SIZE)
    torch.onnx.export(
        module,
        (example,),
        path,
        opset_version=18,
        input_names=["image"],
        output_names=["scores"],
        external_data=False,
        verbose=False,
    )


def openvino_model(folder: Path) -> None:
    import openvino

    model = openvino.convert_model(folder / "model.onnx")
    openvino.save_model(model, folder / "openvino.xml", compress_to_fp16=False)


if __name__ == "__main__":
    for name in NETWORKS:
        make(name, Path(sys.argv[1]) / name)
