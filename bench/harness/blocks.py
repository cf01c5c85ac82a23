"""Where the time of mnv3 goes, block by block, and how near to the FMA peak each block runs."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from .engines import ENGINES, OURS, PEAK, PEAK_MULTIPLY_ADDS, Places, Process, Setting
from .networks import block_multiply_adds

FORWARDS = 10
PEAK_FORWARDS = 5


@dataclass(frozen=True)
class Block:
    name: str
    multiply_adds: int
    microseconds: float
    share_of_peak: float
    """The time that the multiply-adds take at the peak, over the time taken."""


def measure(network: str, rounds: int, places: Places, cores: Sequence[int]) -> list[Block]:
    """Medians over the rounds, one thread; the peak is measured between the forwards of every round."""
    engines = {engine.name: engine for engine in ENGINES}
    setting = Setting(network, 1, "native")
    multiply_adds = block_multiply_adds(places.models / network)
    times, shares = defaultdict(list), defaultdict(list)
    with (
        Process(engines[OURS], setting, places, cores) as ours,
        Process(engines[PEAK], setting, places, cores) as peak,
    ):
        for _ in range(rounds):
            speed = PEAK_MULTIPLY_ADDS / statistics.median(peak.run(PEAK_FORWARDS))
            forwards = [_forward(ours) for _ in range(FORWARDS)]
            for name in forwards[0]:
                time = statistics.median(forward[name] for forward in forwards)
                times[name].append(time)
                shares[name].append(multiply_adds[name] / speed / time)
    return [
        Block(name, multiply_adds[name], statistics.median(times[name]) / 1e3, statistics.median(shares[name]))
        for name in times
    ]


def _forward(process: Process) -> dict[str, int]:
    answer = " ".join(process.ask("blocks"))
    return {name: int(time) for name, time in (block.split("=") for block in answer.split(";"))}


def markdown(network: str, blocks: Sequence[Block]) -> str:
    total = sum(block.microseconds for block in blocks)
    lines = [
        f"### {network.capitalize()} block by block, 1 thread",
        "",
        "| block | multiply-adds, millions | microseconds | of the whole | share of FMA peak |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for block in blocks:
        millions, of_whole = block.multiply_adds / 1e6, block.microseconds / total
        lines.append(
            f"| {block.name} | {millions:.1f} | {block.microseconds:.0f} | {of_whole:.0%} | {block.share_of_peak:.0%} |"
        )
    return "\n".join(lines) + "\n"
