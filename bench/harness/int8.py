"""Eight bits and half precision beside single precision: what each engine does at its fastest, with what it costs in accuracy.

The models of the peers are quantised here by their own tools, each channel of weights by itself, with the same images of noise that
`mnv3 quantize --random` sees the like of: times do not depend on them. How far scores move is told beside each time.
"""

from __future__ import annotations

import statistics
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .engines import OURS, Engine, Places, Setting
from .networks import NETWORKS, SIZE
from .rounds import Burst, Table, measure as rounds_of

# Of the largest score. Weights are noise here, of which eight bits lose more than of trained ones: only what is broken is refused.
LOSES = 0.5
IMAGES = 32

ENGINES = (
    Engine(OURS, "mnv3", binary="bench-mnv3", avx2_option=True),
    Engine("mnv3-int8", "mnv3, precision: int8", binary="bench-mnv3", avx2_option=True, options=("--precision", "int8"), tolerance=LOSES),
    Engine("openvino", "OpenVINO, f32"),
    Engine("openvino-default", "OpenVINO, default precision", tolerance=LOSES),
    Engine("openvino-int8", "OpenVINO, int8 (NNCF)", tolerance=LOSES),
    Engine("onnxruntime", "ONNX Runtime, f32"),
    Engine("onnxruntime-int8", "ONNX Runtime, int8 (QDQ)", tolerance=LOSES),
    Engine("litert", "LiteRT, f32"),
    Engine("litert-int8", "LiteRT, int8 (static, AI Edge Quantizer)", tolerance=LOSES),
)


def calibration() -> list[np.ndarray]:
    """Images of noise in the range of the networks' inputs, 1 x 3 x H x W."""
    random = np.random.default_rng(0)
    return [random.uniform(-2, 2, (1, 3, SIZE, SIZE)).astype(np.float32) for _ in range(IMAGES)]


def prepare(models: Path, command: Path) -> None:
    """Quantises the models of each network, unless that was done; `command` is the built `mnv3`."""
    for network in NETWORKS:
        folder = models / network
        if not (folder / "int8.safetensors").exists():
            spec, weights = f"mnv3:{network}", folder / "model.safetensors"
            noise = ("--random", "--images", str(IMAGES))
            subprocess.run([command, "quantize", spec, weights, *noise, "-o", folder / "int8.safetensors"], check=True)
        if not (folder / "openvino-int8.xml").exists():
            openvino(folder)
        if not (folder / "model-int8.onnx").exists():
            onnxruntime(folder)
        if not (folder / "model-int8.tflite").exists():
            litert(folder)


def openvino(folder: Path) -> None:
    import nncf
    import openvino as ov

    model = ov.Core().read_model(folder / "openvino.xml")
    images = nncf.Dataset(calibration())
    ov.save_model(nncf.quantize(model, images, preset=nncf.QuantizationPreset.MIXED), folder / "openvino-int8.xml")


def onnxruntime(folder: Path) -> None:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Images(CalibrationDataReader):
        def __init__(self) -> None:
            self.images = iter(calibration())

        def get_next(self) -> dict | None:
            image = next(self.images, None)
            return None if image is None else {"image": image}

    quantize_static(
        folder / "model.onnx",
        folder / "model-int8.onnx",
        Images(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def litert(folder: Path) -> None:
    from ai_edge_quantizer import quantizer, recipe

    made = quantizer.Quantizer(str(folder / "model.tflite"), recipe.static_wi8_ai8())
    images = [{"image": image.transpose(0, 2, 3, 1)} for image in calibration()]
    made.quantize(made.calibrate({"serving_default": images})).export_model(str(folder / "model-int8.tflite"))


def measure(rounds: int, places: Places, cores: Sequence[int]) -> list[Table]:
    """A table for each network, on one thread."""
    return [rounds_of(Setting(network, 1, "native"), ENGINES, rounds, places, cores) for network in NETWORKS]


def markdown(table: Table) -> str:
    times: dict[str, list[Burst]] = defaultdict(list)
    for burst in table.bursts:
        times[burst.engine].append(burst)
    base = times[OURS]
    lines = [
        f"### {table.setting.network.capitalize()} in fewer bits, 1 thread",
        "",
        "| engine | ms | mnv3 in float32 takes, times that | scores move by, of the largest |",
        "| --- | ---: | ---: | ---: |",
    ]
    for engine in ENGINES:
        own = times[engine.name]
        median = statistics.median(burst.median_ns for burst in own)
        ratio = statistics.median(one.median_ns / other.median_ns for one, other in zip(base, own, strict=True))
        lines.append(f"| {engine.label} | {median / 1e6:.2f} | {ratio:.2f} | {table.differences[engine.name]:.1e} |")
    return "\n".join(lines) + "\n"
