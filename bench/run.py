"""Compares mnv3 with other engines on this machine. Start it through run.sh, which prepares what it needs."""

from __future__ import annotations

import argparse
import datetime
import re
import subprocess
import sys
from pathlib import Path

from harness import report
from harness.engines import Places, Setting
from harness.networks import NETWORKS
from harness.rounds import engines_for, measure, write_csv

BENCH = Path(__file__).resolve().parent
CANNOT_TRAP_CPUID = 77


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for models and logs")
    parser.add_argument("--binaries", type=Path, required=True, help="folder of the built Rust engines")
    parser.add_argument("--results", type=Path, default=BENCH / "results")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--cores", type=int, nargs=2, default=[0, 1], help="the cores to pin to; one thread: the second")
    parser.add_argument("--only", nargs="+", default=[], help="names of engines (the FMA peak is needed)")
    arguments = parser.parse_args()

    places = prepare(arguments.work, arguments.binaries)
    tables = []
    for isa in ("native", "avx2"):
        for threads in (1, 2):
            for network in NETWORKS:
                setting = Setting(network, threads, isa)
                cores = arguments.cores[-threads:]
                table = measure(setting, engines_for(setting, places, arguments.only), arguments.rounds, places, cores)
                print(report.markdown(table), flush=True)
                tables.append(table)
    print(report.losses(tables))


def prepare(work: Path, binaries: Path) -> Places:
    """Makes the models and the library that hides AVX-512, unless they exist."""
    work.mkdir(parents=True, exist_ok=True)
    models = work / "models"
    if not all((models / network / "openvino.xml").exists() for network in NETWORKS):
        subprocess.run([sys.executable, "-m", "harness.models", models], cwd=BENCH, check=True)
    hider = work / "hide_avx512.so"
    source = BENCH / "cpuid" / "hide_avx512.c"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", source, "-o", hider], check=True)
    probe = subprocess.run(["true"], env={"LD_PRELOAD": str(hider)}, stderr=subprocess.DEVNULL, check=False)
    return Places(models, binaries, None if probe.returncode == CANNOT_TRAP_CPUID else hider, work / "engines.log")


if __name__ == "__main__":
    main()
