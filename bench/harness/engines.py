"""The engines under test, as warm processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

OURS = "mnv3"
HALF = "mnv3-f16"
PEAK = "fma-peak"
EMBEDDED = "mnv3-embedded"
ALL_OURS = (OURS, HALF, EMBEDDED)
# Multiply-adds of one forward of one thread of the peak loop (peers/fma-peak/src/main.rs).
PEAK_MULTIPLY_ADDS = 12 * 16 * (1 << 24)


@dataclass(frozen=True)
class Engine:
    name: str
    label: str
    binary: str | None = None
    """The executable of a Rust engine; the others are classes of worker.py."""
    avx2_environment: dict[str, str] = field(default_factory=dict)
    """Variables that limit the engine to AVX2, where CPUID cannot be trapped."""
    avx2_option: bool = False
    """Whether the engine understands `--isa avx2`."""
    options: tuple[str, ...] = ()
    """Options of its own."""
    tolerance: float = 1e-4
    """Of the largest score; float32 in any order stays within a tenth of this."""


ENGINES = (
    Engine(OURS, "mnv3", binary="bench-mnv3", avx2_option=True),
    Engine(
        HALF,
        "mnv3, matrices: f16",
        binary="bench-mnv3",
        avx2_option=True,
        options=("--matrices", "f16"),
        tolerance=1e-3,
    ),
    Engine("openvino", "OpenVINO", avx2_environment={"ONEDNN_MAX_CPU_ISA": "AVX2"}),
    Engine("litert", "LiteRT (XNNPACK)"),
    Engine("onnxruntime", "ONNX Runtime"),
    Engine(
        "torch-compiled",
        "PyTorch, compiled",
        avx2_environment={"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"},
    ),
    Engine("torch", "PyTorch", avx2_environment={"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}),
    Engine("tract", "tract", binary="bench-tract"),
    Engine("rten", "rten", binary="bench-rten"),
    Engine(EMBEDDED, "mnv3, packed weights in the program", binary="bench-mnv3-embedded"),
    Engine(PEAK, "FMA peak", binary="fma-peak", avx2_option=True),
)


@dataclass(frozen=True)
class Places:
    """Where things are on this machine."""

    models: Path
    binaries: Path
    avx512_hider: Path | None
    """The library to preload that hides AVX-512; none where CPUID cannot be trapped."""
    log: Path
    realtime: bool = False
    """Whether engines run ahead of every other program (needs root): for machines that are not quiet."""


@dataclass(frozen=True)
class Setting:
    """What one table is about."""

    network: str
    threads: int
    isa: str
    """`native` or `avx2`."""


class Process:
    """A running engine. Raises RuntimeError when the engine fails."""

    def __init__(self, engine: Engine, setting: Setting, places: Places, cores: Sequence[int]) -> None:
        self.engine, self.setting = engine, setting
        pinned = ["chrt", "--fifo", "10"] if places.realtime else []
        pinned += ["taskset", "--cpu-list", ",".join(map(str, cores))]
        command = [str(places.binaries / engine.binary)] if engine.binary else []
        command = command or [sys.executable, "-m", "harness.worker", engine.name]
        command += ["--network", setting.network, "--models", str(places.models), "--threads", str(setting.threads)]
        command += engine.options
        environment = dict(os.environ)
        if setting.isa == "avx2" and places.avx512_hider:
            # By way of `env`, so that it reaches the engine and not the programs that start it.
            command = ["env", f"LD_PRELOAD={places.avx512_hider}", *command]
        elif setting.isa == "avx2":
            environment |= engine.avx2_environment
            command += ["--isa", "avx2"] if engine.avx2_option else []
        with places.log.open("a") as log:
            self.process = subprocess.Popen(
                pinned + command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment,
                cwd=Path(__file__).parent.parent,
            )
        self.log = places.log
        word, read, load, first, self.version = self._reply().split()
        if word != "ready":
            raise RuntimeError(f"{engine.name} did not start as the protocol says")
        self.read_ns, self.load_ns, self.first_ns = int(read), int(load), int(first)

    def _reply(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.engine.name} ended early, see {self.log}")
        return line

    def ask(self, request: str) -> list[str]:
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self._reply().split()

    def run(self, count: int) -> list[int]:
        """The nanoseconds of `count` forwards."""
        return [int(value) for value in self.ask(f"run {count}")]

    def scores(self) -> np.ndarray:
        return np.array(self.ask("scores"), dtype=np.float64)

    def memory(self) -> tuple[int, int]:
        """Bytes at the peak so far, and before the model was read."""
        peak, before = self.ask("memory")
        return int(peak), int(before)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=30)
