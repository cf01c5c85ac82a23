"""A Python engine as a process that speaks the protocol described in peers/protocol/src/lib.rs.

Each engine is given the form of call, layout and settings that run fastest here; the settings are in its class.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np


class OpenVino:
    """NHWC input, the latency hint, and f32 made explicit: the default picks bf16 where the processor has it. The model of eight
    bits runs in the default precision, as a user would run it."""

    def __init__(self, threads: int, model: str = "openvino.xml", precision: str | None = "f32") -> None:
        import openvino

        self.openvino = openvino
        self.threads = threads
        self.model, self.precision = model, precision
        self.version = f"openvino-{openvino.__version__.split('-')[0]}"

    def load(self, models: Path) -> None:
        core = self.openvino.Core()
        graph = self.openvino.preprocess.PrePostProcessor(core.read_model(models / self.model))
        graph.input().tensor().set_layout(self.openvino.Layout("NHWC"))
        graph.input().model().set_layout(self.openvino.Layout("NCHW"))
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": self.threads,
            "ENABLE_CPU_PINNING": False,
        }
        if self.precision:
            settings["INFERENCE_PRECISION_HINT"] = self.precision
        self.request = core.compile_model(graph.build(), "CPU", settings).create_infer_request()
        self.image = image(models, "nhwc")  # Kept: the tensor only borrows it.
        self.request.set_input_tensor(self.openvino.Tensor(self.image, shared_memory=True))

    def forward(self) -> None:
        self.request.infer(share_outputs=True)

    def scores(self) -> np.ndarray:
        return self.request.get_output_tensor().data


class OnnxRuntime:
    """All graph optimisations, input and output bound beforehand."""

    def __init__(self, threads: int, model: str = "model.onnx") -> None:
        import onnxruntime

        self.model = model
        self.onnxruntime = onnxruntime
        self.threads = threads
        self.version = f"onnxruntime-{onnxruntime.__version__}"

    def load(self, models: Path) -> None:
        options = self.onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = self.onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        providers = ["CPUExecutionProvider"]
        self.session = self.onnxruntime.InferenceSession(models / self.model, options, providers=providers)
        self.binding = self.session.io_binding()
        self.image = image(models, "nchw")  # Kept: the binding only borrows it.
        self.binding.bind_cpu_input("image", self.image)
        self.binding.bind_output("scores")

    def forward(self) -> None:
        self.session.run_with_iobinding(self.binding)

    def scores(self) -> np.ndarray:
        return self.binding.get_outputs()[0].numpy()


class LiteRt:
    """The XNNPACK delegate, which the interpreter applies by itself."""

    def __init__(self, threads: int, model: str = "model.tflite") -> None:
        import importlib.metadata

        from ai_edge_litert.interpreter import Interpreter

        self.interpreter_class = Interpreter
        self.threads, self.model = threads, model
        self.version = f"litert-{importlib.metadata.version('ai-edge-litert')}"

    def load(self, models: Path) -> None:
        path = str(models / self.model)
        self.interpreter = self.interpreter_class(model_path=path, num_threads=self.threads)
        self.interpreter.allocate_tensors()
        given = self.interpreter.get_input_details()[0]
        numbers = image(models, "nhwc")
        if given["dtype"] == np.int8:  # An image in eight bits is made of a picture of bytes: in no engine's time.
            scale, zero = given["quantization"]
            numbers = np.clip(np.rint(numbers / scale + zero), -128, 127).astype(np.int8)
        self.interpreter.set_tensor(given["index"], numbers)

    def forward(self) -> None:
        self.interpreter.invoke()

    def scores(self) -> np.ndarray:
        made = self.interpreter.get_output_details()[0]
        numbers = self.interpreter.get_tensor(made["index"])
        scale, zero = made["quantization"]
        return numbers if numbers.dtype == np.float32 else (numbers.astype(np.float32) - zero) * scale


class Torch:
    """The torchvision module with folded batch norms, channels last; `compiled` by inductor with frozen weights."""

    def __init__(self, threads: int, compiled: bool = False) -> None:
        import torch

        from . import models

        self.torch, self.models = torch, models
        self.compiled = compiled
        torch.set_num_threads(threads)
        self.version = f"torch-{torch.__version__.partition('+')[0]}"

    def load(self, models: Path) -> None:
        module = self.models.folded(self.models.torch_module(models.name)).float()
        module.load_state_dict(self.torch.load(models / "folded.pt"))
        channels_last = self.torch.channels_last
        self.module = module.requires_grad_(False).to(memory_format=channels_last)
        self.image = self.torch.from_numpy(image(models, "nchw")).to(memory_format=channels_last)
        if self.compiled:
            self.torch._inductor.config.freezing = True
            self.module = self.torch.compile(self.module)

    def forward(self) -> None:
        with self.torch.no_grad() if self.compiled else self.torch.inference_mode():
            self.output = self.module(self.image)

    def scores(self) -> np.ndarray:
        return self.output.numpy()


def image(models: Path, layout: str) -> np.ndarray:
    shape = {"nhwc": (1, 224, 224, 3), "nchw": (1, 3, 224, 224)}[layout]
    return np.fromfile(models / f"image-{layout}.f32", np.float32).reshape(shape)


def memory(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {field} in /proc/self/status")


def main() -> None:
    engines = {
        "openvino": OpenVino,
        "openvino-default": lambda threads: OpenVino(threads, precision=None),
        "openvino-int8": lambda threads: OpenVino(threads, "openvino-int8.xml", precision=None),
        "onnxruntime": OnnxRuntime,
        "onnxruntime-int8": lambda threads: OnnxRuntime(threads, "model-int8.onnx"),
        "litert": LiteRt,
        "litert-int8": lambda threads: LiteRt(threads, "model-int8.tflite"),
        "torch": Torch,
        "torch-compiled": lambda threads: Torch(threads, compiled=True),
    }
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=engines)
    parser.add_argument("--network", required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()

    clock = time.perf_counter_ns
    engine = engines[arguments.engine](arguments.threads)
    before = memory("VmRSS:")
    start = clock()
    engine.load(arguments.models / arguments.network)
    loaded = clock()
    engine.forward()
    first = clock()
    print("ready", 0, loaded - start, first - loaded, engine.version, flush=True)

    for line in sys.stdin:
        request, *argument = line.split()
        match request:
            case "run":
                times = []
                for _ in range(int(argument[0])):
                    start = clock()
                    engine.forward()
                    times.append(clock() - start)
                print(*times, flush=True)
            case "scores":
                print(*engine.scores().ravel().tolist(), flush=True)
            case "memory":
                print(memory("VmHWM:"), before, flush=True)
            case _:
                raise ValueError(f"unknown request {line!r}")


if __name__ == "__main__":
    main()
