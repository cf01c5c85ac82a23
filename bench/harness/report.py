"""Markdown tables of what was measured."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence

from .engines import ALL_OURS, ENGINES, OURS, PEAK, PEAK_MULTIPLY_ADDS
from .networks import MULTIPLY_ADDS
from .rounds import Table

LABELS = {engine.name: engine.label for engine in ENGINES}
ISA_LABELS = {"native": "", "avx2": ", AVX2 only"}


def medians(table: Table) -> dict[str, float]:
    """Median milliseconds of a forward by engine, the fastest engine first, without the peak loop."""
    times = _times(table)
    typical = {name: statistics.median(values) / 1e6 for name, values in times.items() if name != PEAK}
    return dict(sorted(typical.items(), key=lambda item: item[1]))


def peak_gflops(table: Table) -> float:
    """Median of the peak loop, in GFLOP/s, of all threads together (a multiply-add is two operations)."""
    return 2.0 * PEAK_MULTIPLY_ADDS * table.setting.threads / statistics.median(_times(table)[PEAK])


def ratios(table: Table) -> dict[str, float]:
    """By engine, the median over the rounds of its time divided by ours (or by the fastest engine's, without ours)."""
    times = _times(table)
    base = OURS if OURS in times else next(iter(medians(table)))
    return {
        name: statistics.median(value / own for value, own in zip(values, times[base], strict=True))
        for name, values in times.items()
    }


def peak_shares(table: Table) -> dict[str, float]:
    """By engine, the multiply-adds of the network at the peak's speed of each round, divided by the time taken."""
    times = _times(table)
    scale = MULTIPLY_ADDS[table.setting.network] / (PEAK_MULTIPLY_ADDS * table.setting.threads)
    return {
        name: statistics.median(scale * peak / value for value, peak in zip(values, times[PEAK], strict=True))
        for name, values in times.items()
    }


def heading(table: Table) -> str:
    setting = table.setting
    threads = f"{setting.threads} thread{'s' if setting.threads > 1 else ''}"
    return f"{setting.network.capitalize()}, {threads}{ISA_LABELS[setting.isa]}"


def markdown(table: Table) -> str:
    """One table, the fastest engine first."""
    ratio, share = ratios(table), peak_shares(table)
    base = OURS if OURS in ratio else next(iter(medians(table)))
    lines = [
        f"### {heading(table)}",
        "",
        f"FMA peak in the same rounds: {peak_gflops(table):.0f} GFLOP/s.",
        "",
        f"| engine | median ms | time, {LABELS[base]} = 1 | share of FMA peak | difference from float64 |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, time in medians(table).items():
        label = f"**{LABELS[name]}**" if name == OURS else LABELS[name]
        difference = table.differences[name]
        lines.append(f"| {label} | {time:.2f} | {ratio[name]:.2f} | {share[name]:.0%} | {difference:.1e} |")
    return "\n".join(lines) + "\n"


def overview(tables: Sequence[Table]) -> str:
    """Milliseconds of all tables side by side, each with its ratio to ours."""
    columns = [(heading(table), medians(table), ratios(table)) for table in tables]
    lines = [
        "Milliseconds, and in brackets the time over that of mnv3.",
        "",
        f"| engine | {' | '.join(title for title, _, _ in columns)} |",
        f"| --- |{' ---: |' * len(columns)}",
    ]
    for name in columns[0][1]:
        cells = [f"{time[name]:.2f} ({ratio[name]:.2f})" if name in time else "" for _, time, ratio in columns]
        label = f"**{LABELS[name]}**" if name == OURS else LABELS[name]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def losses(tables: Sequence[Table]) -> str:
    """Where another engine is faster than ours, in words."""
    lines = []
    for table in tables:
        ratio = ratios(table)
        if OURS in ratio:
            others = [name for name in medians(table) if name not in ALL_OURS]
            faster = [f"{LABELS[name]} (x {1 / ratio[name]:.2f})" for name in others if ratio[name] < 1.0]
            if faster:
                lines.append(f"- {heading(table)}: slower than {', '.join(faster)}.")
    return "\n".join(lines) + "\n" if lines else "In no table is another engine faster than mnv3.\n"


def _times(table: Table) -> dict[str, list[int]]:
    """The bursts' medians by engine, in the order of the rounds."""
    times = defaultdict(list)
    for burst in table.bursts:
        times[burst.engine].append(burst.median_ns)
    return times
