"""Networks that detect and segment against other engines: `python heads.py MNV3 [ROUNDS]`, MNV3 the command, built for release.

SSDLite320 Large and LR-ASPP Large at 520 x 520 and 256 x 256 in float32 on one thread, the same random weights in every engine, one
photo. Time is of the network and of what follows it (boxes, or the class of each pixel of the photo), which other engines leave to
torchvision or PyTorch: those are counted on both sides, reading and resizing the photo on neither. Engines take turns in rounds; medians are printed, and
the time over that of mnv3. It needs torch, torchvision, onnx, onnxscript, onnxruntime, openvino, Pillow and NumPy.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import openvino  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from PIL import Image  # noqa: E402
from torchvision.models.detection.image_list import ImageList  # noqa: E402

PHOTO = Path(__file__).parents[1] / "tests" / "fixtures" / "coffee.png"
RUNS = 12
WARM = 4


class Maps(torch.nn.Module):
    """What a network gives before anything is made of it."""

    def __init__(self, model, detects):
        super().__init__()
        self.model, self.detects = model, detects

    def forward(self, x):
        if not self.detects:
            return self.model(x)["out"]
        found = self.model.head(list(self.model.backbone(x).values()))
        return found["cls_logits"], found["bbox_regression"]


def boxes(model, size):
    """Post-processing as torchvision has it; anchors are made once."""
    images = ImageList(torch.zeros(1, 3, 320, 320), [(320, 320)])
    anchors = model.anchor_generator(images, list(model.backbone(images.tensors).values()))

    def answer(logits, offsets):
        heads = {"cls_logits": logits, "bbox_regression": offsets}
        found = model.postprocess_detections(heads, anchors, images.image_sizes)
        return model.transform.postprocess(found, images.image_sizes, [size])

    return answer


def classes(size):
    return lambda logits: torch.nn.functional.interpolate(logits, size, mode="bilinear", align_corners=False).argmax(1)


def engines(network, example, folder):
    """Functions of an array, each giving arrays."""
    path = str(folder / "network.onnx")
    torch.onnx.export(network, (example,), path, dynamo=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    core = openvino.Core()
    hints = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    compiled = core.compile_model(core.read_model(path), "CPU", hints)
    request = compiled.create_infer_request()

    def with_openvino(x):
        request.infer([x])
        return [request.get_output_tensor(i).data for i in range(len(compiled.outputs))]

    def with_torch(x):
        answer = network(torch.from_numpy(x))
        return answer if isinstance(answer, tuple) else (answer,)

    return {
        f"ONNX Runtime {onnxruntime.__version__}": lambda x: session.run(None, {name: x}),
        f"OpenVINO {openvino.__version__.split('-')[0]}, f32": with_openvino,
        f"PyTorch {torch.__version__.split('+')[0]}": with_torch,
    }


def ours(command, verb, spec, weights):
    """Milliseconds of network and of what follows, of each run but the first ones."""
    arguments = [command, verb, spec, weights, *[str(PHOTO)] * RUNS, "--json"]
    printed = subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True).stdout
    parts = [json.loads(line)["milliseconds"] for line in printed.splitlines()][WARM:]
    return [(part["network"], part["postprocess"]) for part in parts]


@torch.no_grad()
def theirs(run, answer, x):
    parts = []
    for _ in range(RUNS):
        start = time.perf_counter()
        maps = run(x)
        middle = time.perf_counter()
        answer(*[torch.as_tensor(part) for part in maps])
        parts.append((1e3 * (middle - start), 1e3 * (time.perf_counter() - middle)))
    return parts[WARM:]


def subjects(folder):
    """Name, verb of the command, spec, module, input, post-processing."""
    photo = Image.open(PHOTO)
    size = (photo.height, photo.width)
    detection, segmentation = torchvision.models.detection, torchvision.models.segmentation
    ssd = detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None).eval()
    yield "SSDLite320 Large", "detect", "mnv3:torchvision/ssdlite320-large", ssd, [320, 320], boxes(ssd, size)
    for side in (520, 256):
        lraspp = segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None).eval()
        spec = folder / f"lraspp-{side}.yaml"
        spec.write_text(f"extends: mnv3:torchvision/lraspp-large\nname: Lraspp{side}\ninput: {{ size: {side} }}\n")
        yield f"LR-ASPP Large, {side} x {side}", "segment", str(spec), lraspp, [side, side], classes(size)


def main(command, rounds=5):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    print("| network | engine | network, ms | after it, ms | both | over mnv3 |\n| --- | --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as temporary, torch.no_grad():
        folder = Path(temporary)
        for name, verb, spec, model, sides, answer in subjects(folder):
            weights = str(folder / "weights.pth")
            torch.save(model.state_dict(), weights)
            x = np.random.default_rng(1).standard_normal((1, 3, *sides), np.float32)
            runs = engines(Maps(model, verb == "detect").eval(), torch.from_numpy(x), folder)
            times = {"mnv3": []} | {engine: [] for engine in runs}
            for _ in range(rounds):
                times["mnv3"] += ours(command, verb, spec, weights)
                for engine, run in runs.items():
                    times[engine] += theirs(run, answer, x)
            own = None
            for engine, parts in times.items():
                network, after, both = (statistics.median(f(p) for p in parts) for f in (lambda p: p[0], lambda p: p[1], sum))
                own = own or both
                print(f"| {name} | {engine} | {network:.2f} | {after:.2f} | {both:.2f} | {both / own:.2f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
