"""One set of weights per network, and the models that the engines load, all made from it.

Every engine but ours gets the batch norms already folded into the convolutions, so that none pays for a folding pass
that it might lack.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
import torchvision
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from . import tflite_model
from .networks import NETWORKS, SIZE, write_scores

SEED = 20260101
# Chosen so that the scores are of order 1 to 10 (a hair more or less and they fade or explode through the layers).
GAIN = {"large": 4.8, "small": 5.8}


def torch_module(network: str) -> nn.Module:
    """The torchvision network with seeded weights and batch norm statistics, in float64 and in inference mode."""
    build = {"large": torchvision.models.mobilenet_v3_large, "small": torchvision.models.mobilenet_v3_small}[network]
    module = build(weights=None).double().eval()
    random = np.random.default_rng(SEED)
    state = {}
    for name, tensor in module.state_dict().items():
        uniform = torch.from_numpy(random.uniform(-1.0, 1.0, tuple(tensor.shape)))
        match name.rpartition(".")[2]:
            case "num_batches_tracked":
                continue
            case "weight" if tensor.dim() > 1:
                state[name] = uniform * (GAIN[network] / tensor[0].numel()) ** 0.5
            case "weight":
                state[name] = 1.0 + 0.2 * uniform
            case "running_var":
                state[name] = 1.0 + 0.5 * uniform
            case _:
                state[name] = 0.1 * uniform
        state[name] = state[name].float().double()
    module.load_state_dict(state, strict=False)
    return module


def folded(module: nn.Module) -> nn.Module:
    """The same function with each batch norm folded into the convolution before it."""
    for child in module.children():
        folded(child)
    layers = list(module._modules.items())
    for (conv_name, conv), (norm_name, norm) in zip(layers, layers[1:]):
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            module._modules[conv_name] = fuse_conv_bn_eval(conv, norm)
            module._modules[norm_name] = nn.Identity()
    return module


def make(network: str, folder: Path) -> None:
    """Writes the models, the image and the expected scores of a network into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    module = torch_module(network)
    image = np.random.default_rng(SEED + 1).uniform(-2.0, 2.0, (1, SIZE, SIZE, 3)).astype(np.float32)
    nchw = np.ascontiguousarray(image.transpose(0, 3, 1, 2))
    image.tofile(folder / "image-nhwc.f32")
    nchw.tofile(folder / "image-nchw.f32")
    with torch.inference_mode():
        scores = module(torch.from_numpy(nchw).double())[0].numpy()
    write_scores(folder, scores)
    state = {name: tensor.float() for name, tensor in module.state_dict().items() if tensor.is_floating_point()}
    safetensors.torch.save_file(state, folder / "model.safetensors")

    module = folded(module)
    (folder / "model.tflite").write_bytes(tflite_model.encode(module, SIZE))
    module = module.float()
    torch.save(module.state_dict(), folder / "folded.pt")
    onnx_model(module, folder / "model.onnx")
    openvino_model(folder)


def onnx_model(module: nn.Module, path: Path) -> None:
    example = torch.zeros(1, 3, SIZE, SIZE)
    torch.onnx.export(
        module, (example,), path, opset_version=18, input_names=["image"], output_names=["scores"], external_data=False
    )


def openvino_model(folder: Path) -> None:
    import openvino

    model = openvino.convert_model(folder / "model.onnx")
    openvino.save_model(model, folder / "openvino.xml", compress_to_fp16=False)


if __name__ == "__main__":
    for name in NETWORKS:
        make(name, Path(sys.argv[1]) / name)
