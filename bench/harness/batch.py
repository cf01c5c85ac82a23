"""How a batch scales with threads, each image on one of them."""

from __future__ import annotations

import contextlib
import statistics
from collections import defaultdict
from collections.abc import Sequence

from .engines import Places, Process, Setting
from .growth import GROWTH
from .rounds import Burst, interleave

# Of peers/growth/src/main.rs.
NETWORK, IMAGES = "batch", 16


def measure(rounds: int, places: Places, cores: Sequence[int]) -> list[Burst]:
    """Bursts with one thread, and with as many as there are cores."""
    with contextlib.ExitStack() as stack:
        settings = [Setting(NETWORK, threads, "native") for threads in range(1, len(cores) + 1)]
        processes = [stack.enter_context(Process(GROWTH, setting, places, cores)) for setting in settings]
        return interleave(processes, rounds)


def markdown(bursts: Sequence[Burst]) -> str:
    times = defaultdict(list)
    for burst in bursts:
        times[burst.threads].append(burst.median_ns)
    lines = [
        f"### A batch of {IMAGES} images through Large",
        "",
        "| threads | images a second | over one thread |",
        "| ---: | ---: | ---: |",
    ]
    for threads, own in sorted(times.items()):
        speedup = statistics.median(one / several for one, several in zip(times[1], own, strict=True))
        lines.append(f"| {threads} | {IMAGES * 1e9 / statistics.median(own):.0f} | {speedup:.2f} |")
    return "\n".join(lines) + "\n"
