"""What a network costs a user's crate: build time, rebuild time, size of the program."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

MANIFEST = """[package]
name = "user"
version = "0.0.0"
edition = "2024"

[dependencies]
mnv3 = {{ path = "{repository}" }}

[profile.release]
strip = true

[workspace]
"""

# The two programs read a file and print a number; one of them by way of the network.
WITH = """mnv3::mobilenet!("large.yaml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bytes = std::fs::read(std::env::args().nth(1).ok_or("which file?")?)?;
    let model = MobileNetV3Large::from_safetensors(&bytes)?;
    let mut scores = [0.0; MobileNetV3Large::CLASSES];
    model.forward_into(&mut MobileNetV3Large::workspace(), &[0.5; 224 * 224 * 3], &mut scores);
    println!("{}", scores[0]);
    Ok(())
}
"""
WITHOUT = """fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bytes = std::fs::read(std::env::args().nth(1).ok_or("which file?")?)?;
    println!("{}", f32::from(bytes[0]));
    Ok(())
}
"""


@dataclass(frozen=True)
class Build:
    crate: str
    """`with` or `without` the network."""
    repetition: int
    clean_s: float
    clean_cpu_s: float
    """Of all processes of the build: hardly depends on what else the machine does."""
    rebuild_s: float
    stripped_bytes: int


def measure(folder: Path, repetitions: int) -> list[Build]:
    """Builds both crates from nothing in turn, and each again after an edit.

    The edit is to the YAML of the one and to the main file of the other. Raises CalledProcessError when a build fails.
    """
    crates = {"with": WITH, "without": WITHOUT}
    for name, main in crates.items():
        crate = folder / name
        (crate / "src").mkdir(parents=True, exist_ok=True)
        (crate / "Cargo.toml").write_text(MANIFEST.format(repository=REPOSITORY))
        (crate / "src" / "main.rs").write_text(main)
        shutil.copy(REPOSITORY / "Cargo.lock", crate / "Cargo.lock")
        shutil.copy(REPOSITORY / "specs" / "large.yaml", crate / "large.yaml")
    builds = []
    for repetition in range(repetitions):
        for name in crates:
            crate = folder / name
            shutil.rmtree(crate / "target", ignore_errors=True)
            clean, clean_cpu = _build(crate)
            size = (crate / "target" / "release" / "user").stat().st_size
            edited, comment = (crate / "large.yaml", "#") if name == "with" else (crate / "src" / "main.rs", "//")
            with edited.open("a") as file:
                file.write(f"{comment} edit {repetition}\n")
            rebuild, _ = _build(crate)
            builds.append(Build(name, repetition, clean, clean_cpu, rebuild, size))
    return builds


def _build(crate: Path) -> tuple[float, float]:
    """Seconds by the clock, and of processor time."""
    environment = {key: value for key, value in os.environ.items() if key != "CARGO_TARGET_DIR"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(["cargo", "build", "--release", "--offline", "--quiet"], cwd=crate, env=environment, check=True)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return end - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def markdown(builds: Sequence[Build]) -> str:
    def typical(crate: str, field: str) -> float:
        return statistics.median(getattr(build, field) for build in builds if build.crate == crate)

    fields = ("clean_s", "clean_cpu_s", "rebuild_s", "stripped_bytes")
    clean, cpu, rebuild, size = ((typical("with", field), typical("without", field)) for field in fields)
    return f"""### A user's crate with Large, and the same crate with the dependency but no network

| | with Large | without a network | difference |
| --- | ---: | ---: | ---: |
| clean release build, s | {clean[0]:.1f} | {clean[1]:.1f} | x {clean[0] / clean[1]:.2f} |
| the same, processor time of all its processes, s | {cpu[0]:.1f} | {cpu[1]:.1f} | x {cpu[0] / cpu[1]:.2f} |
| rebuild after an edit (of the YAML; of the main file), s | {rebuild[0]:.2f} | {rebuild[1]:.2f} | {rebuild[0] - rebuild[1]:+.2f} s |
| stripped program without weights, kB | {size[0] / 1e3:.0f} | {size[1] / 1e3:.0f} | {(size[0] - size[1]) / 1e6:+.2f} MB |
"""
