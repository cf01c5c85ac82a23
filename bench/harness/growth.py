"""How time grows: Large at other widths and input sizes, against a straight line from nothing through Large."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Sequence

from .engines import Engine, Places, Process, Setting
from .rounds import Burst, interleave

GROWTH = Engine("mnv3", "mnv3", binary="bench-growth")
BASE = "large"


def measure(rounds: int, places: Places, cores: Sequence[int]) -> tuple[dict[str, int], list[Burst]]:
    """The multiply-adds of the networks, and their bursts on one thread."""
    listing = subprocess.run([places.binaries / GROWTH.binary, "list"], capture_output=True, text=True, check=True)
    multiply_adds = dict(line.split("\t") for line in listing.stdout.splitlines())
    multiply_adds = {name: int(count) for name, count in multiply_adds.items()}
    with contextlib.ExitStack() as stack:
        settings = [Setting(name, 1, "native") for name in multiply_adds]
        processes = [stack.enter_context(Process(GROWTH, setting, places, cores)) for setting in settings]
        return multiply_adds, interleave(processes, rounds)


def markdown(multiply_adds: dict[str, int], bursts: Sequence[Burst]) -> str:
    times = defaultdict(list)
    for burst in bursts:
        times[burst.network].append(burst.median_ns)
    lines = [
        "### How time grows, 1 thread",
        "",
        "The last column is the time over what Large's time per multiply-add gives (1 is a straight line).",
        "",
        "| network | multiply-adds, millions | median ms | against the line |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, count in sorted(multiply_adds.items(), key=lambda item: item[1]):
        line = count / multiply_adds[BASE]
        growth = statistics.median(own / base / line for own, base in zip(times[name], times[BASE], strict=True))
        lines.append(f"| {name} | {count / 1e6:.0f} | {statistics.median(times[name]) / 1e6:.2f} | {growth:.2f} |")
    return "\n".join(lines) + "\n"
