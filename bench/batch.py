"""`mnv3 run` over many files: memory, kills, and throughput beside processes of their own.

    cargo build --release -p mnv3-cli
    python3 bench/batch.py target/release/mnv3 [--files 100000] [--rounds 5] [--realtime]

Standard library only. Files are links to the lines of text in tests/images, asked about with the model that comes with mnv3.
"""

from __future__ import annotations

import argparse
import collections
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODEL = ["mnv3:text-direction", str(ROOT / "specs/text-direction.safetensors")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mnv3", type=Path)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5, help="of throughput")
    parser.add_argument("--realtime", action="store_true", help="run ahead of other programs, on a machine that is not quiet (root)")
    arguments = parser.parse_args()
    if arguments.realtime:
        # What is started from here inherits it.
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(5))
    mnv3 = arguments.mnv3.resolve()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        whole, few = folder(work / "whole", arguments.files), folder(work / "few", arguments.files // 10)
        memory(mnv3, few, work / "few.csv")
        memory(mnv3, whole, work / "whole.csv")
        kills(mnv3, whole, work / "killed.csv", work / "whole.csv")
        throughput(mnv3, work, arguments.files // 10, arguments.rounds)


def folder(place: Path, count: int) -> Path:
    """So many files, a thousand in a folder."""
    lines = sorted((ROOT / "tests/images").glob("*.png"))
    copies = []
    place.mkdir()
    for line in lines:
        # Links lead to files on the same disk.
        copy = place.parent / line.name
        copy.write_bytes(line.read_bytes())
        copies.append(copy)
    for number in range(count):
        below = place / f"{number // 1000:04}"
        below.mkdir(exist_ok=True)
        os.link(copies[number % len(copies)], below / f"{number:07}.png")
    return place


def command(mnv3: Path, inputs: Path, output: Path, *more: str) -> list[str]:
    return [str(mnv3), "run", *MODEL, str(inputs), "-o", str(output), "--top", "1", *more]


def memory(mnv3: Path, inputs: Path, output: Path) -> None:
    """The most memory that a run has, and its rate."""
    start, most = time.monotonic(), 0
    process = subprocess.Popen(command(mnv3, inputs, output), stderr=subprocess.DEVNULL)
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status")
        for line in status.read_text().splitlines() if status.exists() else []:
            if line.startswith("VmHWM:"):
                most = int(line.split()[1])
        time.sleep(0.02)
    assert process.returncode == 0, process.returncode
    rows, seconds = len(names(output)), time.monotonic() - start
    print(f"{rows:>8} files: {most / 1024:.1f} MB at most, {rows / seconds:.0f} a second", flush=True)


def kills(mnv3: Path, inputs: Path, output: Path, whole: Path) -> None:
    """Kills a run at random moments until it comes to its end, and compares its rows with those of one that was left alone."""
    dice, count = random.Random(0), 0
    while True:
        run = command(mnv3, inputs, output, "--resume")
        process = subprocess.Popen(run, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=dice.uniform(0.5, 20))
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            count += 1
    assert process.returncode == 0, process.returncode
    found = collections.Counter(names(output))
    twice = sum(times > 1 for times in found.values())
    lost = len(set(names(whole)) - set(found))
    same = output.read_bytes() == whole.read_bytes()
    print(f"{count} kills: {lost} rows lost, {twice} twice, {'the same file' if same else 'ANOTHER FILE'}", flush=True)
    if lost or twice or not same:
        sys.exit(1)


def names(table: Path) -> list[str]:
    with table.open(newline="") as file:
        return [row["image"] for row in csv.DictReader(file)]


def throughput(mnv3: Path, work: Path, count: int, rounds: int) -> None:
    """One process on all cores beside one for each core, each with its share of the files."""
    cores = len(os.sched_getaffinity(0))
    together = folder(work / "together", count)
    parts = [folder(work / f"part{part}", count // cores) for part in range(cores)]
    ratios = []
    for number in range(rounds):
        seconds = {}
        for way in random.Random(number).sample(["one", "several"], 2):
            start = time.monotonic()
            if way == "one":
                runs = [command(mnv3, together, work / "one.csv")]
            else:
                runs = [command(mnv3, part, work / f"{part.name}.csv", "--jobs", "1") for part in parts]
            processes = [subprocess.Popen(run, stderr=subprocess.DEVNULL) for run in runs]
            assert all(process.wait() == 0 for process in processes)
            seconds[way] = time.monotonic() - start
        ratios.append(seconds["several"] / seconds["one"])
        print(f"  one process {count / seconds['one']:.0f} a second, {cores} processes {count / seconds['several']:.0f}")
    print(f"one process on {cores} cores has {statistics.median(ratios):.1%} of the rate of {cores} processes", flush=True)


if __name__ == "__main__":
    main()
