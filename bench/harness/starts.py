"""Fresh processes: how long until the first answer, and how much memory until then and after a few more."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from .engines import Engine, Places, Process, Setting
from .networks import PARAMETERS
from .report import LABELS
from .rounds import difference

FORWARDS = 5


@dataclass(frozen=True)
class Start:
    engine: str
    repetition: int
    read_ns: int
    load_ns: int
    first_ns: int
    peak_bytes: int
    before_bytes: int


def measure(engines: Sequence[Engine], repetitions: int, places: Places, cores: Sequence[int]) -> list[Start]:
    """Starts every engine in turn, `repetitions` times, with Large on one thread."""
    starts = []
    for repetition in range(repetitions):
        for engine in engines:
            with Process(engine, Setting("large", 1, "native"), places, cores) as process:
                process.run(FORWARDS)
                difference(process, places)
                timing = (process.read_ns, process.load_ns, process.first_ns)
                starts.append(Start(engine.name, repetition, *timing, *process.memory()))
    return starts


def markdown(starts: Sequence[Start]) -> str:
    weights = 4 * PARAMETERS["large"]
    lines = [
        "### Start and memory: Large, 1 thread",
        "",
        "From the model file in the page cache. Engines that take bytes have the reading of the file in a column of its",
        "own; the others open it themselves. Peak memory is that of the process after some forwards (VmHWM), less the",
        f"{weights / 1e6:.1f} MB of the weights; a Python engine's contains the interpreter and the libraries, whose size",
        "before the model was opened is in the last column.",
        "",
        "| engine | read ms | load ms | first forward ms | load + first ms | peak over weights MB | before the model MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    by_engine = {start.engine: [s for s in starts if s.engine == start.engine] for start in starts}
    rows = []
    for name, own in by_engine.items():
        read, load, first, peak, before = (statistics.median(values) for values in zip(*(astuple(s)[2:] for s in own)))
        total = statistics.median(s.load_ns + s.first_ns for s in own)
        rows.append((total, name, read, load, first, peak - weights, before))
    for total, name, read, load, first, peak, before in sorted(rows):
        times = " | ".join(f"{value / 1e6:.1f}" for value in (read, load, first, total, peak, before))
        lines.append(f"| {LABELS[name]} | {times} |")
    return "\n".join(lines) + "\n"
