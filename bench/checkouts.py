"""Compares two checkouts of this project: the bits of all networks' scores, the time of Large and Small, and of building them.

    python bench/checkouts.py OLD NEW [--folder DIR] [--rounds 7] [--processes 3] [--only bits|speed|build]

OLD and NEW are folders with a checkout each (`git worktree add ../old main~3`). For each a program is built that holds every
network of OLD's `specs/`, with weights and an image that a generator of numbers gives. Bits: scores and maps of each at every SIMD
level of this machine, on one thread and on three; any difference ends in exit code 1. Speed: Large and Small at 224 and 96 pixels, on
one and two threads, with AVX-512 and AVX2; rounds of both are interleaved, in several processes each, and the median of the ratios
NEW / OLD is printed. Build: a small crate with Large, its dependencies already built, is built again after a touch of its main file,
rounds of both interleaved; the ratio is that of processor time, which hardly depends on what else the machine does. Needs nothing but Python 3.11 and Rust. Nothing else should run meanwhile.
"""

import argparse
import hashlib
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MANIFEST = """\
[package]
name = "checkout"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[dependencies]
mnv3 = {{ path = "{root}", features = ["threads"] }}
"""

NETWORK = """\
mod {module} {{
    mnv3::mobilenet!("{spec}");

    pub fn serve(network: &str, setting: &crate::Setting) {{
        let weights = crate::weights({name}::TENSORS);
        let level = setting.level;
        let mut model = {name}::from_safetensors(&weights).unwrap_or_else(|e| panic!("{{network}}: {{e}}")).with_level(level){refused};
        if setting.threads > 1 {{
            model = model.with_threads(mnv3::Threads::new(setting.threads).unwrap());
        }}
        let mut workspace = {name}::workspace();
        let image: Box<[f32; {pixels}]> = crate::noise(7).take({pixels}).collect::<Vec<_>>().try_into().unwrap();
        {scores}
        crate::answer(setting, || {run});
    }}
}}
"""

MAIN = """\
use std::time::Instant;

pub struct Setting {{
    pub level: mnv3::Level,
    pub threads: usize,
    pub timed: bool,
}}

/// The bits of all numbers that a network gives; or, for each line of input, the median microseconds of a round.
pub fn answer(setting: &Setting, mut run: impl FnMut() -> Vec<u32>) {{
    if !setting.timed {{
        let hash = run().iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, bits| {{
            (hash ^ u64::from(*bits)).wrapping_mul(0x0100_0000_01b3)
        }});
        println!("{{hash:016x}}");
        return;
    }}
    for line in std::io::stdin().lines() {{
        let count: usize = line.unwrap().trim().parse().unwrap();
        let mut times: Vec<u128> = (0..count)
            .map(|_| {{
                let start = Instant::now();
                std::hint::black_box(run());
                start.elapsed().as_nanos()
            }})
            .collect();
        times.sort_unstable();
        println!("{{}}", times[count / 2]);
    }}
}}

pub fn noise(seed: u64) -> impl Iterator<Item = f32> {{
    let mut state = seed;
    std::iter::repeat_with(move || {{
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    }})
}}

/// A safetensors file: kernels as large as freshly initialised ones, statistics of batch norms near 1, shifts near 0.
pub fn weights(tensors: &[mnv3::Tensor]) -> Vec<u8> {{
    let (mut header, mut body) = (String::from("{{"), Vec::new());
    for (i, tensor) in tensors.iter().enumerate() {{
        let numbers: usize = tensor.shape.iter().product();
        let start = body.len();
        let name = tensor.name.to_string();
        let matrix = tensor.shape.len() > 1;
        let fan = (numbers / tensor.shape.iter().max().copied().unwrap_or(1)).max(1);
        let one = ["variance", "running_var", "moving_variance", "gamma"].iter().any(|end| name.contains(end));
        for n in noise(i as u64).take(numbers) {{
            let value = match (matrix, one) {{
                (true, _) => n * (6.0 / fan as f32).sqrt(),
                (_, true) => 1.0 + 0.25 * n,
                _ => 0.25 * n,
            }};
            body.extend(value.to_le_bytes());
        }}
        let comma = if i == 0 {{ "" }} else {{ "," }};
        header += &format!("{{comma}}{{name:?}}:{{{{\\"dtype\\":\\"F32\\",\\"shape\\":{{:?}},\\"data_offsets\\":[{{start}},{{}}]}}}}", tensor.shape, body.len());
    }}
    header.push('}}');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.bytes());
    file.extend(body);
    file
}}

fn main() {{
    let arguments: Vec<String> = std::env::args().collect();
    let Some(level) = level(&arguments[2]) else {{ return println!("none") }};
    let setting = Setting {{ level, threads: arguments[3].parse().unwrap(), timed: arguments.len() > 4 }};
    match arguments[1].as_str() {{
{arms}
        other => panic!("no network {{other}}"),
    }}
}}
"""

LEVEL = """
fn level(name: &str) -> Option<mnv3::Level> {
    mnv3::Level::available().into_iter().find(|level| level.name() == name)
}
"""

# Before `mnv3::Level` was this project's own.
LEVEL_OF_FEARLESS_SIMD = """
fn level(name: &str) -> Option<mnv3::Level> {
    let best = mnv3::Level::new();
    match name {
        "avx512" => best.as_avx512().map(mnv3::Level::Avx512),
        "avx2" => best.as_avx2().map(mnv3::Level::Avx2),
        _ => best.as_sse2().map(mnv3::Level::Sse2),
    }
}
"""


SMALL_CRATE = """\
mnv3::mobilenet!("{spec}");

fn main() -> Result<(), Box<dyn std::error::Error>> {{
    let bytes = std::fs::read(std::env::args().nth(1).ok_or("which file?")?)?;
    let network = MobileNetV3Large::from_safetensors(&bytes)?;
    let mut scores = [0.0; MobileNetV3Large::CLASSES];
    network.forward_into(&mut MobileNetV3Large::workspace(), &[0.5; 224 * 224 * 3], &mut scores);
    println!("{{}}", scores[0]);
    Ok(())
}}
"""

# By name: what cargo is asked for, and what its environment has.
BUILDS = {
    "release": (["--release"], {}),
    "debug": ([], {}),
    "debug, not incremental": ([], {"CARGO_INCREMENTAL": "0"}),
}


def facts(root, spec):
    """What `mnv3 summary` says of a spec: name, input, and whether it has a head and taps, by the text of its code."""
    command = ["cargo", "run", "--quiet", "--release", "-p", "mnv3-cli", "--", "summary", "--json", str(spec)]
    summary = json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout)
    expand = ["cargo", "run", "--quiet", "--release", "-p", "mnv3-cli", "--", "expand", str(spec)]
    code = subprocess.run(expand, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    return summary["name"], summary["input"], "const CLASSES" in code, f"pub struct {summary['name']}Maps" in code, code


def variants(root, folder):
    """Every spec of `specs/`, and Large and Small at 96 pixels."""
    specs = {str(p.relative_to(root / "specs").with_suffix("")): p for p in sorted((root / "specs").rglob("*.yaml"))}
    for size in ["large", "small"]:
        path = folder / f"{size}-96.yaml"
        path.write_text(f"extends: {root / 'specs' / size}.yaml\nname: {size.title()}96\ninput: {{ size: 96 }}\n")
        specs[f"{size}-96"] = path
    return specs


def build(root, specs, known, folder):
    arms, modules = [], []
    own_levels = (root / "mnv3-runtime" / "src" / "level.rs").exists()
    for number, (label, spec) in enumerate(specs.items()):
        name, (h, w, c), head, maps, code = known[label]
        fields = [line.split("pub ")[1].split(":")[0] for line in struct_fields(code, name)] if maps else []
        bits = " ".join(f"found.extend(maps.{f}.to_array().iter().map(|x| x.to_bits()));" for f in fields)
        if head:
            bits += " found.extend(scores.iter().map(|x| x.to_bits()));"
        call = "model.forward_into(&mut workspace, &image" + (", &mut scores)" if head else ")")
        run = ("{ let maps = " if maps else "{ ") + f"{call}; let mut found: Vec<u32> = Vec::new(); {bits} found }}"
        modules.append(
            NETWORK.format(
                module=f"network_{number}",
                spec=spec,
                name=name,
                pixels=h * w * c,
                scores=f"let mut scores = Box::new([0.0f32; {name}::CLASSES]);" if head else "",
                run=run,
                refused=".unwrap()" if own_levels else "",
            )
        )
        arms.append(f'        "{label}" => network_{number}::serve("{label}", &setting),')
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(MANIFEST.format(root=root))
    (folder / "src" / "main.rs").write_text("\n".join(modules) + MAIN.format(arms="\n".join(arms)) + (LEVEL if own_levels else LEVEL_OF_FEARLESS_SIMD))
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=folder, check=True)
    return folder / "target" / "release" / "checkout"


def struct_fields(code, name):
    lines = itertools.dropwhile(lambda line: f"pub struct {name}Maps" not in line, code.splitlines())
    next(lines)
    return [line for line in itertools.takewhile(lambda line: line != "}", lines) if "pub " in line]


def compare_bits(programs, specs):
    bad, levels = 0, set()
    for label, level, threads in itertools.product(specs, ["avx512", "avx2", "sse2"], ["1", "3"]):
        answers = [show(p, label, level, threads) for p in programs]
        if answers[0] != "none":
            levels.add(level)
        if answers[0] != answers[1]:
            bad += 1
            print(f"DIFFERENT  {label}, {level}, {threads} threads: {answers[0]} and {answers[1]}")
    print(f"bits: {len(specs)} networks at {', '.join(sorted(levels))}, on one thread and on three: {bad or 'none'} differ")
    return bad


def show(program, label, level, threads):
    """The hash of the bits of all answers, or `none` where this machine has no such level."""
    return subprocess.run([program, label, level, threads], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def compare_speed(programs, rounds, processes, labels=("large", "small", "large-96", "small-96"), levels=("avx512", "avx2"), all_threads=("1", "2")):
    print(f"{'network':10} {'level':8} {'threads':>7} {'old ms':>8} {'new ms':>8} {'ratio':>7}")
    for label, level, threads in itertools.product(labels, levels, all_threads):
        if label != "resize" and any(show(p, label, level, threads) == "none" for p in programs):
            continue  # not on this machine
        ratios, times = [], [[], []]
        for _ in range(processes):
            running = [
                subprocess.Popen([p, label, level, threads, "timed"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                for p in programs
            ]
            for turn in range(rounds + 1):
                order = [0, 1] if turn % 2 else [1, 0]
                found = [0, 0]
                for i in order:
                    running[i].stdin.write("40\n")
                    running[i].stdin.flush()
                    found[i] = int(running[i].stdout.readline())
                if turn:  # the first round warms up
                    ratios.append(found[1] / found[0])
                    for i in range(2):
                        times[i].append(found[i])
            for process in running:
                process.stdin.close()
                process.wait()
        old, new = (statistics.median(t) / 1e6 for t in times)
        print(f"{label:10} {level:8} {threads:>7} {old:8.3f} {new:8.3f} {statistics.median(ratios):7.3f}", flush=True)


def compare_builds(roots, rounds, folder):
    """Seconds of processor time and by the clock of building a crate with Large, whose dependencies are built."""
    crates = []
    for i, root in enumerate(roots):
        crate = folder / f"build-{i}"
        (crate / "src").mkdir(parents=True, exist_ok=True)
        (crate / "Cargo.toml").write_text(MANIFEST.format(root=root).replace(', features = ["threads"]', ""))
        (crate / "Cargo.lock").write_bytes((root / "Cargo.lock").read_bytes())
        (crate / "src" / "main.rs").write_text(SMALL_CRATE.format(spec=roots[0] / "specs" / "large.yaml"))
        # Four lines of a snapshot say what it is of.
        snapshot = root / "tests" / "snapshots" / "generated_code__large.snap"
        print(f"generated code of Large, {'new' if i else 'old'}: {len(snapshot.read_text().splitlines()) - 4} lines")
        crates.append(crate)
    print(f"{'build of a crate with Large':28} {'old s':>7} {'new s':>7} {'ratio':>7}   by the clock: {'old':>6} {'new':>6}")
    for name, (arguments, environment) in BUILDS.items():
        found = [[], []]
        for turn in range(rounds + 1):
            for i in [0, 1] if turn % 2 else [1, 0]:
                (crates[i] / "src" / "main.rs").touch()
                seconds = built(crates[i], arguments, environment)
                if turn:  # the first round builds the dependencies
                    found[i].append(seconds)
        (old, old_clock), (new, new_clock) = ([statistics.median(column) for column in zip(*times)] for times in found)
        print(f"{name:28} {old:7.2f} {new:7.2f} {new / old:7.3f}   {old_clock:20.2f} {new_clock:6.2f}", flush=True)


def built(crate, arguments, environment):
    environment = {key: value for key, value in os.environ.items() if key != "CARGO_TARGET_DIR"} | environment
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(["cargo", "build", "--quiet", "--offline", *arguments], cwd=crate, env=environment, check=True)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, end - start


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("old", type=Path)
    arguments.add_argument("new", type=Path)
    arguments.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "mnv3-checkouts")
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--processes", type=int, default=3)
    arguments.add_argument("--only", choices=["bits", "speed", "build"])
    given = arguments.parse_args()
    old, new = given.old.resolve(), given.new.resolve()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.only in (None, "build"):
        compare_builds([old, new], given.rounds, given.folder)
    if given.only == "build":
        return
    specs = variants(old, given.folder)
    known = {label: facts(new, spec) for label, spec in specs.items()}
    # One folder for each checkout, by its path: built again only where it changed.
    place = lambda root: given.folder / hashlib.sha1(str(root).encode()).hexdigest()[:8]
    programs = [build(root, specs, known, place(root)) for root in [old, new]]
    bad = compare_bits(programs, specs) if given.only != "speed" else 0
    if given.only != "bits":
        compare_speed(programs, given.rounds, given.processes)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
