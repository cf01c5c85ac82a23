"""Interleaved rounds: in each, every engine runs one short burst, in an order drawn anew."""

from __future__ import annotations

import contextlib
import csv
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from .engines import ENGINES, PEAK, Engine, Places, Process, Setting
from .networks import expected_scores

# Of the largest score; float32 in any order stays within a tenth of it.
TOLERANCE = 1e-4
BURST_NS = 30_000_000
BURST_FORWARDS = 5
WARM_FORWARDS = 2
# Lets the pools of the engine before stop spinning.
PAUSE_S = 0.01


@dataclass(frozen=True)
class Burst:
    network: str
    threads: int
    isa: str
    round: int
    engine: str
    forwards: int
    median_ns: int
    fastest_ns: int


@dataclass(frozen=True)
class Table:
    """The measurements behind one table."""

    setting: Setting
    bursts: list[Burst]
    versions: dict[str, str]
    differences: dict[str, float]
    """The largest difference of an engine's scores from the float64 ones, relative to the largest score."""


def measure(setting: Setting, engines: Sequence[Engine], rounds: int, places: Places, cores: Sequence[int]) -> Table:
    """Runs the rounds of one table, all engines on the same cores.

    Raises RuntimeError when an engine fails or its scores are wrong.
    """
    expected = expected_scores(places.models / setting.network)
    table = Table(setting, [], {}, {})
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(Process(engine, setting, places, cores)) for engine in engines]
        lengths = {}
        for process in processes:
            name = process.engine.name
            table.versions[name] = process.version
            if name != PEAK:
                difference = float(np.abs(process.scores() - expected).max() / np.abs(expected).max())
                if not difference < TOLERANCE:
                    raise RuntimeError(f"{process.engine.label} differs from the float64 scores by {difference:.1e}")
                table.differences[name] = difference
            lengths[name] = max(BURST_FORWARDS, round(BURST_NS / statistics.median(process.run(BURST_FORWARDS))))
        order = random.Random(0)
        for number in range(rounds):
            order.shuffle(processes)
            for process in processes:
                time.sleep(PAUSE_S)
                process.run(WARM_FORWARDS)
                name = process.engine.name
                times = process.run(lengths[name])
                typical, fastest = round(statistics.median(times)), min(times)
                table.bursts.append(Burst(*astuple(setting), number, name, len(times), typical, fastest))
    return table


def write_csv(bursts: Sequence[Burst], path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Burst.__dataclass_fields__)
        writer.writerows(astuple(burst) for burst in bursts)


def engines_for(setting: Setting, places: Places, only: Sequence[str]) -> list[Engine]:
    """The engines that can take part in a table."""
    told = [engine for engine in ENGINES if engine.avx2_environment or engine.avx2_option]
    able = told if setting.isa == "avx2" and not places.avx512_hider else ENGINES
    return [engine for engine in able if not only or engine.name in only]
