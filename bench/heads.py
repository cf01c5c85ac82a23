"""Networks that detect and segment against other engines: `python heads.py MNV3 [--threads 1 2] [--rounds 5] [--selfie FOLDER] [--only NAME]`.

MNV3 is the command, built for release. SSDLite320 Large and LR-ASPP Large at 520 x 520 and 256 x 256 in float32, the same random weights in every engine, one
photo; with --selfie, the folder of the npm package @mediapipe/selfie_segmentation, MediaPipe's two networks from their own files, which LiteRT runs as they are.
Time is of the network and of what follows it (boxes, or the class of each pixel of the photo), which other engines leave to
torchvision or PyTorch: those are counted on both sides, reading and resizing the photo on neither. Engines take turns in rounds; medians are printed, and
of the rounds' ratios to mnv3 the median: a machine that is now fast, now slow is so for all engines of a round. Before anything is timed, every engine's numbers are compared with PyTorch's. It needs the packages of requirements.txt and Pillow.
"""

import argparse
import copy
import functools
import importlib.metadata
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import openvino
import torch
import torchvision
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
from torchvision.models.detection.image_list import ImageList

from harness import models, tflite_heads

PHOTO = Path(__file__).parents[1] / "tests" / "fixtures" / "coffee.png"
RUNS = 12
WARM = 4
# Of the largest number.
TOLERANCE = 1e-4
SELFIES = {
    "MediaPipe selfie, general": ("mnv3:mediapipe/selfie", "selfie_segmentation.tflite"),
    "MediaPipe selfie, landscape": ("mnv3:mediapipe/selfie-landscape", "selfie_segmentation_landscape.tflite"),
}


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


def resized(maps, size):
    return torch.nn.functional.interpolate(maps, size, mode="bilinear", align_corners=False)


def classes(size):
    """PyTorch resizes maps of channels last in half of the time, and finds the largest of them in the same."""
    return lambda logits: resized(logits, size).argmax(1)


def person(size):
    return lambda alpha: resized(alpha, size) > 0.5


def litert(file, nchw, threads):
    """A function of an image of channels first, which gives maps as PyTorch has them; how they lie in memory stays as it was."""
    interpreter = Interpreter(model_path=str(file), num_threads=threads)
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    made = interpreter.get_output_details()
    interpreter.set_tensor(given["index"], np.ascontiguousarray(nchw.transpose(0, 2, 3, 1)))

    def run(_):
        interpreter.invoke()
        outputs = [interpreter.get_tensor(output["index"]) for output in made]
        return [output.transpose(0, 3, 1, 2) if output.ndim == 4 else output for output in outputs]

    return {f"LiteRT {importlib.metadata.version('ai-edge-litert')}": run}


def engines(network, encoded, x, folder, threads):
    """Functions of an array, each giving arrays."""
    path = str(folder / "network.onnx")
    torch.onnx.export(network, (torch.from_numpy(x),), path, dynamo=True, verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    core = openvino.Core()
    hints = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    compiled = core.compile_model(core.read_model(path), "CPU", hints)
    request = compiled.create_infer_request()
    file = folder / "network.tflite"
    file.write_bytes(encoded)

    def with_openvino(x):
        request.infer([x])
        return [request.get_output_tensor(i).data for i in range(len(compiled.outputs))]

    def with_torch(x):
        answer = network(torch.from_numpy(x))
        return answer if isinstance(answer, tuple) else (answer,)

    return {
        f"ONNX Runtime {onnxruntime.__version__}": lambda x: session.run(None, {name: x}),
        f"OpenVINO {openvino.__version__.split('-')[0]}, f32": with_openvino,
        **litert(file, x, threads),
        f"PyTorch {torch.__version__.split('+')[0]}": with_torch,
    }


def compare(runs, x):
    """Stops where an engine computes something else than the last."""
    *others, (_, reference) = runs.items()
    wanted = [torch.as_tensor(part).double() for part in reference(x)]
    for engine, run in others:
        for found, want in zip(run(x), wanted, strict=True):
            off = float((torch.as_tensor(found).double() - want).abs().max() / want.abs().max())
            if off > TOLERANCE:
                raise SystemExit(f"{engine} is off by {off:.1e} of the largest number")


def ours(command, verb, spec, weights, threads):
    """Milliseconds of network and of what follows, of each run but the first ones."""
    arguments = [command, verb, spec, weights, *[str(PHOTO)] * RUNS, "--json", "--threads", str(threads), "--jobs", "1"]
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


def medians(parts):
    """Of the network, of what follows it, and of both."""
    return [statistics.median(f(part) for part in parts) for f in (lambda p: p[0], lambda p: p[1], sum)]


def subjects(folder, threads, arguments):
    """Name, verb of the command, spec, weights, input, the other engines, post-processing."""
    photo = Image.open(PHOTO)
    size = (photo.height, photo.width)
    detection, segmentation = torchvision.models.detection, torchvision.models.segmentation
    weights = str(folder / "weights.pth")

    def made(name, verb, spec, model, side, encode, answer):
        torch.save(model.state_dict(), weights)
        x = np.random.default_rng(1).standard_normal((1, 3, side, side), np.float32)
        network = Maps(model, verb == "detect").eval()
        # Folding changes the module: the others have theirs by then.
        runs = engines(network, encode(models.folded(copy.deepcopy(model)), side), x, folder, threads)
        compare(runs, x)
        return name, verb, spec, weights, x, runs, answer

    def ssdlite(name):
        ssd = detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None).eval()
        spec = "mnv3:torchvision/ssdlite320-large"
        return made(name, "detect", spec, ssd, 320, tflite_heads.ssdlite, boxes(ssd, size))

    def lraspp(name, side):
        model = segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None).eval()
        spec = folder / f"lraspp-{side}.yaml"
        spec.write_text(f"extends: mnv3:torchvision/lraspp-large\nname: Lraspp{side}\ninput: {{ size: {side} }}\n")
        return made(name, "segment", str(spec), model, side, tflite_heads.lraspp, classes(size))

    def selfie(name):
        spec, file = SELFIES[name]
        path = arguments.selfie / file
        _, height, width, _ = Interpreter(str(path)).get_input_details()[0]["shape"]
        x = np.asarray(photo.convert("RGB").resize((width, height)), np.float32).transpose(2, 0, 1)[None] / 255
        return name, "segment", spec, str(path), x, litert(path, x, threads), person(size)

    makers = {"SSDLite320 Large": ssdlite}
    makers |= {f"LR-ASPP Large, {side} x {side}": functools.partial(lraspp, side=side) for side in (520, 256)}
    makers |= dict.fromkeys(SELFIES if arguments.selfie else (), selfie)
    for name, make in makers.items():
        if arguments.only in name:
            yield make(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", help="the command mnv3, built for release")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="networks whose name contains this")
    parser.add_argument("--selfie", type=Path, help="the unpacked npm package @mediapipe/selfie_segmentation")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    for threads in arguments.threads:
        torch.set_num_threads(threads)
        print(f"\n{threads} thread{'s' if threads > 1 else ''}:\n")
        print("| network | engine | network, ms | after it, ms | both | over mnv3 |\n| --- | --- | ---: | ---: | ---: | ---: |")
        with tempfile.TemporaryDirectory() as temporary, torch.no_grad():
            for name, verb, spec, weights, x, runs, answer in subjects(Path(temporary), threads, arguments):
                rounds = {"mnv3": []} | {engine: [] for engine in runs}
                for _ in range(arguments.rounds):
                    rounds["mnv3"].append(medians(ours(arguments.command, verb, spec, weights, threads)))
                    for engine, run in runs.items():
                        rounds[engine].append(medians(theirs(run, answer, x)))
                for engine, parts in rounds.items():
                    network, after, both = (statistics.median(part) for part in zip(*parts))
                    over = statistics.median(part[2] / own[2] for part, own in zip(parts, rounds["mnv3"]))
                    print(f"| {name} | {engine} | {network:.2f} | {after:.2f} | {both:.2f} | {over:.2f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
