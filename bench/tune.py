"""Measures the tuned constants of docs/kernels.md again: for each what it is now, beside other values.

    python bench/tune.py [CONSTANT ...] [--folder DIR] [--rounds 5] [--processes 3] [--level avx512]

Without a name, all of them (an hour). For each candidate this checkout is copied with the constant changed, a program is built
that holds Large and Small (for those of mnv3-resize: one that resizes pictures), and its rounds are interleaved with those of the
checkout as it is, in several processes each; the median of the ratios candidate / now is printed, so that above 1 the constant is
right. Needs nothing but Python 3.11 and Rust. Nothing else should run meanwhile.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import checkouts

ROOT = Path(__file__).resolve().parents[1]
PLAN = "mnv3-ir/src/block_plan.rs"
TILES = "mnv3-runtime/src/kernels/tiles.rs"
HORIZONTAL = "mnv3-resize/src/horizontal.rs"
TURN = "mnv3-resize/src/turn.rs"
LINEAR = "mnv3-runtime/src/kernels/linear.rs"
PREFETCH = "mnv3-runtime/src/kernels/prefetch.rs"
NETWORKS = ["large", "small"]


@dataclass(frozen=True)
class Constant:
    file: str
    now: str
    """As it stands in the file, once."""
    candidates: tuple[str, ...]
    labels: tuple[str, ...] = ("large", "small")
    threads: tuple[str, ...] = ("1",)


CONSTANTS = {
    "groups-of-narrow-maps": Constant(PLAN, "(0..14, _) => 3", ("(0..14, _) => 2", "(0..14, _) => 4", "(0..14, _) => 6")),
    "groups-of-wide-gated-maps": Constant(PLAN, "(20.., Some(_)) => 2", ("(20.., Some(_)) => 1", "(20.., Some(_)) => 4")),
    "groups-of-other-maps": Constant(PLAN, "_ => 4,", ("_ => 2,", "_ => 3,", "_ => 6,")),
    "row-batch": Constant(PLAN, "if width < WIDEST_TILE {", ("if width < 1 {",)),
    "expand-rows": Constant(PLAN, "FULL_TILE_OF_16_LANES: usize = 7", ("FULL_TILE_OF_16_LANES: usize = 14",)),
    "rows-of-a-thread": Constant(
        PLAN, "ROWS_OF_A_THREAD: usize = 14", ("ROWS_OF_A_THREAD: usize = 7", "ROWS_OF_A_THREAD: usize = 1000"), threads=("2",)
    ),
    "prefetch-most": Constant(PLAN, "PREFETCH_MOST: usize = 1 << 19", tuple(f"PREFETCH_MOST: usize = {n}" for n in ["0", "1 << 18", "1 << 20"])),
    "prefetch-times": Constant(PLAN, "8 * weights", ("2 * weights", "32 * weights")),
    "tile-of-long-rows": Constant(TILES, "PointwiseTile::new(14, 7, 2)", ("PointwiseTile::new(7, 4, 2)", "PointwiseTile::new(10, 4, 2)")),
    "tile-of-short-rows": Constant(TILES, "PointwiseTile::new(7, 4, 3)", ("PointwiseTile::new(7, 4, 2)", "PointwiseTile::new(7, 4, 4)")),
    "stem-tile": Constant(TILES, "STEM_WIDE: usize = 14", ("STEM_WIDE: usize = 7",)),
    "depthwise-tile": Constant(TILES, "long: 14", ("long: 7",)),
    "streams": Constant(LINEAR, "STREAMS: usize = 4", ("STREAMS: usize = 2", "STREAMS: usize = 8")),
    "worth-sharing": Constant(LINEAR, "WORTH_SHARING: usize = 1 << 18", ("WORTH_SHARING: usize = 1 << 16", "WORTH_SHARING: usize = 1 << 20"), threads=("2",)),
    "prefetch-lines": Constant(PREFETCH, "MOST: usize = 12", ("MOST: usize = 6", "MOST: usize = 24")),
    "piece": Constant(HORIZONTAL, "PIECE: usize = 1 << 8", ("PIECE: usize = 1 << 7", "PIECE: usize = 1 << 9"), ("resize",)),
    "ahead": Constant(TURN, "AHEAD: usize = 1 << 9", ("AHEAD: usize = 0", "AHEAD: usize = 1 << 10"), ("resize",)),
}

RESIZE = """\
use mnv3_resize::{Filter, Resize};

fn main() {
    let source: Vec<u8> = (0..4000usize * 3000 * 3).map(|i| (i * 7919 % 251) as u8).collect();
    let mut target = vec![0; 224 * 224 * 3];
    let resize = Resize { start: [16, 58], size: [224; 2], ..Resize::whole([3000, 4000], [256, 341], 3, Filter::Bilinear) };
    for line in std::io::stdin().lines() {
        let count: usize = line.unwrap().trim().parse().unwrap();
        let mut times: Vec<u128> = (0..count)
            .map(|_| {
                let start = std::time::Instant::now();
                resize.run(&source, &mut target).unwrap();
                start.elapsed().as_nanos()
            })
            .collect();
        times.sort_unstable();
        println!("{}", times[count / 2]);
    }
}
"""


def copied(folder: Path, constant: Constant, candidate: str) -> Path:
    """This checkout with the constant changed. Raises SystemExit where the constant is not where it is looked for."""
    to = folder / "tree"
    files = subprocess.run(["git", "ls-files", "*.rs", "*.toml", "Cargo.lock", "specs", "labels", "mnv3-spec/dialects"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    for name in files.stdout.splitlines():
        source, target = ROOT / name, to / name
        # What has not changed keeps its time, so that cargo does not build it again.
        if source.is_file() and not (target.exists() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    file = to / constant.file
    text = file.read_text()
    if text.count(constant.now) != 1:
        sys.exit(f"{constant.file} has `{constant.now}` {text.count(constant.now)} times: correct bench/tune.py")
    file.write_text(text.replace(constant.now, candidate))
    return to


def build(root: Path, constant: Constant, folder: Path) -> Path:
    if constant.labels != ("resize",):
        specs = {label: ROOT / "specs" / f"{label}.yaml" for label in NETWORKS}
        known = {label: (f"MobileNetV3{label.title()}", (224, 224, 3), True, False, "") for label in NETWORKS}
        return checkouts.build(root, specs, known, folder / "networks")
    crate = folder / "resize"
    (crate / "src").mkdir(parents=True, exist_ok=True)
    manifest = checkouts.MANIFEST.format(root=root).replace("mnv3 = {", "mnv3-resize = {").replace(f'"{root}", features = ["threads"]', f'"{root}/mnv3-resize"')
    (crate / "Cargo.toml").write_text(manifest)
    (crate / "src" / "main.rs").write_text(RESIZE)
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=crate, check=True)
    return crate / "target" / "release" / "checkout"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("constants", nargs="*", metavar="CONSTANT", help=", ".join(CONSTANTS))
    arguments.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "mnv3-tune")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--processes", type=int, default=3)
    arguments.add_argument("--level", default="avx512", choices=["avx512", "avx2", "sse2"])
    given = arguments.parse_args()
    for name in given.constants:
        if name not in CONSTANTS:
            arguments.error(f"{name} is none of {', '.join(CONSTANTS)}")
    for name in given.constants or CONSTANTS:
        constant = CONSTANTS[name]
        now = build(ROOT, constant, given.folder / "now")
        for candidate in constant.candidates:
            # In one folder, so that only what hangs on the constant is built again.
            folder = given.folder / "changed"
            changed = build(copied(folder, constant, candidate), constant, folder)
            print(f"{name}: `{candidate}` beside `{constant.now}`", flush=True)
            checkouts.compare_speed([now, changed], given.rounds, given.processes, constant.labels, [given.level], constant.threads)


if __name__ == "__main__":
    main()
