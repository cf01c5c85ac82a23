"""From JPEG bytes to classes: images a second on one core, mnv3 beside Pillow + torchvision + ONNX Runtime or OpenVINO.

    cargo build --release -p mnv3-cli
    python bench/pictures.py --mnv3 target/release/mnv3 --work target/pictures [--realtime]

Needs what bench/requirements.txt names (Pillow comes with torchvision). The pictures are made by harness/photos.py, the weights
by the formula of the tests; every engine computes the same network in float32, on the same core, in rounds that follow each other.

Left out: Rust with the crates `ort` and `image`, since `ort` brings ONNX Runtime by downloading a program. By its parts it is the table's ONNX
Runtime with the decoder of "mnv3, exact".
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from harness import photos

SETS = {"12 megapixels": (12, 4032, 3024), "500 x 375": (240, 500, 375)}
PEERS = ("onnxruntime", "openvino")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mnv3", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder for pictures and models")
    parser.add_argument("--networks", nargs="+", default=["large", "small"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--core", type=int, default=1)
    parser.add_argument("--realtime", action="store_true", help="run ahead of other programs, on a machine that is not quiet (root)")
    parser.add_argument("--worker", nargs=3, metavar=("ENGINE", "MODELS", "PICTURES"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return worker(*arguments.worker)
    os.sched_setaffinity(0, {arguments.core})
    if arguments.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(5))
    for network in arguments.networks:
        models = arguments.work / network
        if not (models / "model.onnx").exists():
            from harness import models as maker

            maker.make(network, models)
        print(f"### {network.capitalize()}: images a second on one core\n")
        print("| pictures | " + " | ".join(["mnv3, exact", "mnv3, --fast", *PEERS, "exact over the best other", "--fast over it"]) + " |")
        print("| --- |" + " ---: |" * (len(PEERS) + 4))
        for name, (count, width, height) in SETS.items():
            folder = arguments.work / f"{width}x{height}"
            photos.folder(folder, count, width, height)
            compare(arguments, network, name, models, folder, count)
        print()


def compare(arguments: argparse.Namespace, network: str, name: str, models: Path, folder: Path, count: int) -> None:
    workers = {peer: Worker(arguments, peer, models, folder) for peer in PEERS}
    rates: dict[str, list[float]] = {}
    for _ in range(arguments.rounds):
        for way, options in (("exact", []), ("fast", ["--fast"])):
            start = ours(arguments, network, models, [next(folder.glob("*.jpg"))], options)
            whole = ours(arguments, network, models, [folder], options)
            # What both have in common, starting and loading, is no picture's.
            rates.setdefault(way, []).append((count - 1) / (whole - start))
        for peer, process in workers.items():
            rates.setdefault(peer, []).append(count / process.seconds())
    for process in workers.values():
        process.end()
    best = [max(own) for own in zip(*(rates[peer] for peer in PEERS))]
    over = [statistics.median(own / other for own, other in zip(rates[way], best)) for way in ("exact", "fast")]
    cells = [f"{statistics.median(rates[way]):.1f}" for way in ("exact", "fast", *PEERS)]
    print("| " + " | ".join([name, *cells, *(f"{ratio:.2f}" for ratio in over)]) + " |", flush=True)
    difference(arguments, network, models, folder)


def ours(arguments: argparse.Namespace, network: str, models: Path, inputs: list[Path], options: list[str]) -> float:
    start = time.perf_counter()
    rows(arguments, network, models, inputs, options)
    return time.perf_counter() - start


def rows(arguments: argparse.Namespace, network: str, models: Path, inputs: list[Path], options: list[str]) -> list[dict]:
    command = [arguments.mnv3, "run", f"mnv3:{network}", models / "model.safetensors", *inputs, "--jobs", "1", *options]
    run = subprocess.run([str(part) for part in command], capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def difference(arguments: argparse.Namespace, network: str, models: Path, folder: Path) -> None:
    """How far the scores of --fast are from the exact ones."""
    ways = [rows(arguments, network, models, [folder], [*options, "--top", "1000"]) for options in ([], ["--fast"])]
    worst, other = [], 0
    for exact, fast in zip(*ways):
        of = [{found["index"]: found["probability"] for found in row["classes"]} for row in (exact, fast)]
        worst.append(max(abs(of[0][index] - of[1][index]) for index in of[0]))
        other += exact["classes"][0]["index"] != fast["classes"][0]["index"]
    told = f"probabilities differ by {statistics.mean(worst):.4f} in the mean of pictures, by {max(worst):.4f} at most"
    print(f"    --fast: {told}; another likeliest class for {other} of {len(worst)}", file=sys.stderr, flush=True)


class Worker:
    """A Python engine in a process of its own, warm."""

    def __init__(self, arguments: argparse.Namespace, engine: str, models: Path, folder: Path) -> None:
        command = [sys.executable, __file__, "--mnv3", ".", "--work", ".", "--worker", engine, models, folder]
        command = [str(part) for part in command]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
        assert self.process.stdout.readline() == "ready\n"

    def seconds(self) -> float:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def worker(engine: str, models: str, pictures: str) -> None:
    import torch
    import torchvision
    from PIL import Image

    torch.set_num_threads(1)
    # What mnv3:large and mnv3:small prepare as: bilinear, 256, the centre of 224, ImageNet's mean and deviation.
    transform = torchvision.models.MobileNet_V3_Small_Weights.IMAGENET1K_V1.transforms()
    run = {"onnxruntime": onnxruntime, "openvino": openvino}[engine](Path(models))

    def classes(path: Path) -> list[int]:
        picture = transform(Image.open(path).convert("RGB"))
        scores = torch.from_numpy(run(picture.unsqueeze(0).numpy())).softmax(1)
        return scores.topk(5).indices[0].tolist()

    paths = sorted(Path(pictures).glob("*.jpg"))
    classes(paths[0])
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        for path in paths:
            classes(path)
        print(time.perf_counter() - start, flush=True)


def onnxruntime(models: Path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(models / "model.onnx", options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda image: session.run(None, {name: image})[0]


def openvino(models: Path):
    import numpy
    import openvino

    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(next(models.glob("*.xml")), "CPU", settings)
    request = compiled.create_infer_request()
    nhwc = tuple(compiled.input(0).shape)[-1] == 3

    def run(image):
        image = numpy.ascontiguousarray(image.transpose(0, 2, 3, 1)) if nhwc else image
        request.infer({0: image})
        return request.get_output_tensor(0).data.copy()

    return run


if __name__ == "__main__":
    main()
