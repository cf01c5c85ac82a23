"""Compares mnv3 with other engines on this machine and writes a report. Start it through run.sh."""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
from pathlib import Path

from harness import batch, blocks, builds, growth, int8, joins, machine, plots, report, starts, tables
from harness.engines import ENGINES, OURS, PEAK, Places, Setting
from harness.networks import NETWORKS
from harness.rounds import engines_for, measure

BENCH = Path(__file__).resolve().parent
CANNOT_TRAP_CPUID = 77
# Compiling a module takes PyTorch 20 s: nothing to wait for repeatedly.
NOT_STARTED = (PEAK, "torch-compiled")
SECTIONS = ("native", "avx2", "blocks", "growth", "batch", "joins", "starts", "int8", "builds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for models and logs")
    parser.add_argument("--binaries", type=Path, required=True, help="folder of the built Rust engines")
    parser.add_argument("--results", type=Path, default=BENCH / "results", help="folder that gets a folder of this run")
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--cores", type=int, nargs=2, default=[0, 1], help="cores to pin to; one thread: the second")
    parser.add_argument("--realtime", action="store_true", help="run engines at real-time priority (needs root)")
    names = [engine.name for engine in ENGINES]
    parser.add_argument("--engines", nargs="+", choices=names, default=names, help=f"{PEAK} always takes part")
    arguments = parser.parse_args()

    run = Run(arguments, prepare(arguments))
    for section in SECTIONS:
        if section in arguments.sections:
            getattr(run, section)()
    run.finish()


class Run:
    """Carries out the sections and collects the report."""

    def __init__(self, arguments: argparse.Namespace, places: Places) -> None:
        self.rounds, self.cores, self.places = arguments.rounds, arguments.cores, places
        self.names = [*arguments.engines, PEAK]
        self.date = datetime.date.today().isoformat()
        self.folder = arguments.results / f"{self.date}-{machine.slug()}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.work = arguments.work.resolve()
        self.tables: list[report.Table] = []
        self.bursts = []
        self.texts: list[str] = []

    def native(self) -> None:
        self._compare("native")
        (self.folder / "times.svg").write_text(plots.times(self.tables))

    def avx2(self) -> None:
        told = "AVX-512 and AMX hidden from every engine by trapping its CPUID instructions."
        if not self.places.avx512_hider:
            told = "This machine cannot trap CPUID: only the engines that can be told take part."
        self._say(f"## AVX2 only\n\n{told}\n")
        self._compare("avx2")

    def blocks(self) -> None:
        measured = {network: blocks.measure(network, self.rounds, self.places, self.cores[1:]) for network in NETWORKS}
        for network in NETWORKS:
            self._say(blocks.markdown(network, measured[network]))
        (self.folder / "blocks.svg").write_text(plots.peak_shares(measured))

    def growth(self) -> None:
        multiply_adds, bursts = growth.measure(self.rounds, self.places, self.cores[1:])
        self.bursts += bursts
        self._say(growth.markdown(multiply_adds, bursts))

    def batch(self) -> None:
        bursts = batch.measure(self.rounds, self.places, self.cores)
        self.bursts += bursts
        self._say(batch.markdown(bursts))

    def joins(self) -> None:
        self._say(joins.markdown(joins.measure(self.places, self.cores)))

    def starts(self) -> None:
        engines = [engine for engine in ENGINES if engine.name in self.names and engine.name not in NOT_STARTED]
        measured = starts.measure(engines, 7, self.places, self.cores[1:])
        tables.write(measured, self.folder / "starts.csv")
        self._say(starts.markdown(measured))

    def int8(self) -> None:
        int8.prepare(self.places.models, self.places.binaries / "mnv3")
        tables = int8.measure(self.rounds, self.places, self.cores[1:])
        for table in tables:
            self.bursts += table.bursts
            self._say(int8.markdown(table))

    def builds(self) -> None:
        measured = builds.measure(self.work / "builds", 3)
        tables.write(measured, self.folder / "builds.csv")
        self._say(builds.markdown(measured))

    def _compare(self, isa: str) -> None:
        for threads in (1, 2):
            for network in NETWORKS:
                setting = Setting(network, threads, isa)
                engines = [engine for engine in engines_for(setting, self.places) if engine.name in self.names]
                table = measure(setting, engines, self.rounds, self.places, self.cores[-threads:])
                self.tables.append(table)
                self.bursts += table.bursts
                self._say(report.markdown(table))

    def _say(self, text: str) -> None:
        print(text, flush=True)
        self.texts.append(text)

    def finish(self) -> None:
        """Writes the raw rounds and the report."""
        head = ["# mnv3 beside other engines\n"]
        if self.bursts:
            tables.write(self.bursts, self.folder / "rounds.csv")
        if self.tables:
            versions = {name: version for table in self.tables for name, version in table.versions.items()}
            head.append(machine.markdown(versions, self.date))
            head.append(METHOD)
            if self.places.realtime:
                head.append("The engines ran at real-time priority: other programs were at work on the machine.\n")
            if any(OURS in table.versions for table in self.tables):
                head.append(f"## Where mnv3 loses\n\n{report.losses(self.tables)}")
                head.append(f"## All settings\n\n{report.overview(self.tables)}")
        (self.folder / "report.md").write_text("\n".join([*head, "## In detail\n", *self.texts]))
        print(*head[1:], f"Written to {self.folder}", sep="\n")


METHOD = """All engines compute the same function from the same weights, in float32, batch 1, 224 x 224. In every round each
engine runs one burst (at least 30 ms and 5 forwards, after 2 that do not count), in an order drawn anew; a burst counts
with its median. Times are medians over the rounds. Ratios and shares are taken within each round, then their median.
"""


def prepare(arguments: argparse.Namespace) -> Places:
    """Makes the models and the library that hides AVX-512, unless they exist."""
    work, binaries = arguments.work.resolve(), arguments.binaries.resolve()
    work.mkdir(parents=True, exist_ok=True)
    models = work / "models"
    if not all((models / network / "openvino.xml").exists() for network in NETWORKS):
        subprocess.run([sys.executable, "-m", "harness.models", models], cwd=BENCH, check=True)
    hider = work / "hide_avx512.so"
    source = BENCH / "cpuid" / "hide_avx512.c"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", source, "-o", hider], check=True)
    probe = subprocess.run(["true"], env={"LD_PRELOAD": str(hider)}, stderr=subprocess.DEVNULL, check=False)
    hider = None if probe.returncode == CANNOT_TRAP_CPUID else hider
    return Places(models, binaries, hider, work / "engines.log", arguments.realtime)


if __name__ == "__main__":
    main()
