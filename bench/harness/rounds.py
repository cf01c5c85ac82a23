"""Interleaved rounds: in each, every engine runs one short burst, in an order drawn anew."""

from __future__ import annotations

import contextlib
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from .engines import EMBEDDED, ENGINES, PEAK, Engine, Places, Process, Setting
from .networks import expected_scores

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
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(Process(engine, setting, places, cores)) for engine in engines]
        differences = {process.engine.name: difference(process, places) for process in processes}
        versions = {process.engine.name: process.version for process in processes}
        return Table(setting, interleave(processes, rounds), versions, differences)


def interleave(processes: Sequence[Process], rounds: int) -> list[Burst]:
    """Runs the rounds of warm processes, bursts in the order in which they ran."""
    lengths = {p: max(BURST_FORWARDS, round(BURST_NS / statistics.median(p.run(BURST_FORWARDS)))) for p in processes}
    order, shuffled = random.Random(0), list(processes)
    bursts = []
    for number in range(rounds):
        order.shuffle(shuffled)
        for process in shuffled:
            time.sleep(PAUSE_S)
            process.run(WARM_FORWARDS)
            times = process.run(lengths[process])
            typical, fastest = round(statistics.median(times)), min(times)
            place = (*astuple(process.setting), number, process.engine.name)
            bursts.append(Burst(*place, len(times), typical, fastest))
    return bursts


def difference(process: Process, places: Places) -> float:
    """The largest difference of an engine's scores from the float64 ones, relative to the largest score.

    Raises RuntimeError when the scores are wrong.
    """
    if process.engine.name == PEAK:
        return 0.0
    expected = expected_scores(places.models / process.setting.network)
    relative = float(np.abs(process.scores() - expected).max() / np.abs(expected).max())
    # So written that a difference of NaN fails too.
    if not relative < process.engine.tolerance:
        raise RuntimeError(f"{process.engine.label} differs from the float64 scores by {relative:.1e}")
    return relative


def engines_for(setting: Setting, places: Places) -> list[Engine]:
    """The engines that can take part in a table."""
    engines = [engine for engine in ENGINES if engine.name != EMBEDDED]
    if setting.isa == "native" or places.avx512_hider:
        return engines
    return [engine for engine in engines if engine.avx2_environment or engine.avx2_option]
