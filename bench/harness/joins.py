"""What it costs to divide short work between two threads, by crate."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from .engines import Places

# Of peers/fork-join/src/main.rs.
JOINS, HALF_US = 40, 20


def measure(places: Places, cores: Sequence[int]) -> list[tuple[str, float, float, float]]:
    """By way of dividing: its name, and microseconds with calls one after the other, with a pause before each, and beside a stranger."""
    command = ["taskset", "--cpu-list", ",".join(map(str, cores)), str(places.binaries / "fork-join")]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = (line.split("\t") for line in listing.splitlines())
    return [(name, float(busy), float(rested), float(beside)) for name, busy, rested, beside in rows]


def markdown(rows: Sequence[tuple[str, float, float, float]]) -> str:
    lines = [
        f"### Dividing {JOINS} times 2 x {HALF_US} microseconds of work between two threads",
        "",
        f"Microseconds, {JOINS * HALF_US} at best; single calls have a pause before each, in which threads fall",
        "asleep; the last column is beside another caller of the same threads, whose parts take 3 milliseconds.",
        "",
        "| | calls in a row | single calls | beside a stranger |",
        "| --- | ---: | ---: | ---: |",
    ]
    lines += [f"| {name} | {busy:.0f} | {rested:.0f} | {beside:.0f} |" for name, busy, rested, beside in rows]
    return "\n".join(lines) + "\n"
