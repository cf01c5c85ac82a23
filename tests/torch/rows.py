"""Which row of a spec is the first that differs from a reference in PyTorch? `compare` answers; docs/debugging.md has more.

`python rows.py SPEC` compares a spec of torchvision's Small, or of what is meant to be it, with torchvision's module.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
# The bound of the parity tests: right networks stay under a tenth of it.
TOLERANCE = 1e-4


def cargo(*arguments: str) -> str:
    command = ["cargo", "run", "--quiet", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


@torch.no_grad()
def compare(spec: str, model: nn.Module, layers: dict[str, nn.Module], image: torch.Tensor | None = None) -> str | None:
    """Prints how far each row is from the module that should be it, and gives the first row that is too far.

    `layers` are the model's own modules by the names of rows: stem, bottleneck 1 and so on, last. `image` is what goes into
    the model, 1 x C x H x W; without it, noise of the size that the spec says.
    """
    if image is None:
        height, width, channels = json.loads(cargo("-p", "mnv3-cli", "--", "summary", spec, "--json"))["input"]
        image = torch.randn(1, channels, height, width, generator=torch.Generator().manual_seed(1))
    reference: dict[str, torch.Tensor] = {}
    for name, layer in layers.items():
        layer.register_forward_hook(lambda _layer, _input, output, name=name: reference.update({name: hwc(output)}))
    reference["scores"] = model.eval()(image)[0]
    with tempfile.TemporaryDirectory() as folder:
        weights, given, rows = (f"{folder}/{name}.safetensors" for name in ("weights", "input", "rows"))
        save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, weights)
        save_file({"image": hwc(image)}, given)
        cargo("-p", "mnv3-exec", "--example", "rows", "--", spec, weights, given, rows)
        ours = load_file(rows)
    first = None
    for name, wanted in reference.items():
        found = ours[name].double()
        if found.shape != wanted.shape:
            print(f"{name:14} {tuple(found.shape)} where the reference has {tuple(wanted.shape)}")
            return first or name
        far = ((found - wanted).abs().max() / wanted.abs().max()).item()
        if first is None and not far <= TOLERANCE:
            first = name
        print(f"{name:14} {far:.1e}{'  <- the first that differs' if first == name else ''}")
    return first


def hwc(map: torch.Tensor) -> torch.Tensor:
    return map[0].permute(1, 2, 0).contiguous()


def main() -> int:
    from torchvision.models import mobilenet_v3_small

    torch.manual_seed(0)
    model = mobilenet_v3_small()
    # Fresh statistics of batch norms hide mistakes in them.
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.uniform_(0.1, 1.0)
            module.running_mean.normal_(0.0, 0.1)
    names = ["stem", *(f"bottleneck {number}" for number in range(1, 12)), "last"]
    return 1 if compare(sys.argv[1], model, dict(zip(names, model.features))) else 0


if __name__ == "__main__":
    sys.exit(main())
