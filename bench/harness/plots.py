"""SVG bar charts, written by hand so that a diff shows what changed in them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from . import report
from .blocks import Block
from .engines import ALL_OURS
from .rounds import Table

WIDTH, LABEL_WIDTH, VALUE_WIDTH = 720, 170, 90
ROW, GAP, TITLE = 20, 4, 34
OURS_COLOUR, OTHER_COLOUR, INK = "#c2410c", "#94a3b8", "#1e293b"


def times(tables: Sequence[Table]) -> str:
    """Milliseconds of a forward by engine, one group of bars per table; bars of a group share a scale."""
    groups = []
    for table in tables:
        bars = [
            (report.LABELS[name], time, f"{time:.2f} ms", name in ALL_OURS) for name, time in report.medians(table).items()
        ]
        groups.append((report.heading(table), bars))
    return bar_chart(groups)


def peak_shares(blocks: dict[str, Sequence[Block]]) -> str:
    """The share of the FMA peak of every block of mnv3, one group per network; the full width is the peak."""
    groups = [
        (
            f"{network.capitalize()}, 1 thread: share of the FMA peak by block",
            [(block.name, block.share_of_peak, f"{block.share_of_peak:.0%}", True) for block in own],
        )
        for network, own in blocks.items()
    ]
    return bar_chart(groups, limit=1.0)


def bar_chart(groups: Sequence[tuple[str, Sequence[tuple[str, float, str, bool]]]], limit: float | None = None) -> str:
    """Groups of horizontal bars: a title each, and per bar its label, value, printed value and whether to stress it.

    A bar of value `limit` has the full width; without it, the longest of each group has.
    """
    parts = []
    y = 0
    for title, bars in groups:
        y += TITLE
        parts.append(f'<text x="0" y="{y - 12}" font-weight="bold">{escape(title)}</text>')
        full = limit or max(value for _, value, _, _ in bars)
        for label, value, printed, stressed in bars:
            length = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) * value / full
            colour = OURS_COLOUR if stressed else OTHER_COLOUR
            middle = y + ROW * 0.7
            parts += [
                f'<text x="{LABEL_WIDTH - 8}" y="{middle:.0f}" text-anchor="end">{escape(label)}</text>',
                f'<rect x="{LABEL_WIDTH}" y="{y}" width="{length:.1f}" height="{ROW}" fill="{colour}"/>',
                f'<text x="{LABEL_WIDTH + length + 6:.1f}" y="{middle:.0f}">{escape(printed)}</text>',
            ]
            y += ROW + GAP
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" font-size="13" '
        f'fill="{INK}">\n<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )
