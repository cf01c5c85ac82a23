#!/usr/bin/env python3
"""Breaks kernels and what is around them on purpose, and asks the tests: `python3 ci/mutants/run.py [PART OF A NAME...]`.

A copy of the repository is made, all mutants are written into it, and it is built once; then each is switched on by itself, at one
level, and the tests that are nearest to it are run. The table says which were caught; the exit code is 1 if any was not.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from rules import RULES

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEVELS = {"any": 0, "avx512": 1, "avx2": 2, "sse2": 3}
SWITCH = """
/// Which mutant is on, and at which level.
#[allow(missing_docs, dead_code, reason = "written by ci/mutants")]
pub(crate) mod mutant {
    use std::sync::LazyLock;

    static ON: LazyLock<[u32; 2]> = LazyLock::new(|| {
        let number = |key| std::env::var(key).ok().and_then(|text| text.parse().ok()).unwrap_or(u32::MAX);
        [number("MNV3_MUTANT"), number("MNV3_MUTANT_LEVEL")]
    });

    pub(crate) fn is(number: u32) -> bool {
        ON[0] == number
    }
AT}
"""
AT = """
    #[inline(always)]
    pub(crate) fn at<S: fearless_simd::Simd>(number: u32, simd: S) -> bool {
        use fearless_simd::Level;
        let level = match simd.level() {
            Level::Avx512(_) => 1,
            Level::Avx2(_) => 2,
            Level::Sse2(_) | Level::Sse4_2(_) => 3,
            _ => u32::MAX,
        };
        ON[0] == number && ON[1] == level
    }
"""
CRATES = sorted({rule.file.split("/")[0] for rule in RULES})


def mutated(copy):
    """Writes every mutant into the copy."""
    for number, rule in enumerate(RULES):
        path = copy / rule.file
        text = path.read_text()
        if text.count(rule.old) != 1:
            sys.exit(f"{rule.name}: its text stands {text.count(rule.old)} times in {rule.file}; write the rule anew")
        on = f"crate::mutant::is({number})" if rule.levels == ("any",) else f"crate::mutant::at({number}, {rule.simd})"
        path.write_text(text.replace(rule.old, rule.new.replace("BROKEN", on)))
    for crate in CRATES:
        library = copy / crate / "src/lib.rs"
        levels = any(rule.levels != ("any",) for rule in RULES if rule.file.startswith(f"{crate}/"))
        library.write_text(library.read_text() + SWITCH.replace("AT", AT if levels else ""))
    # A clean copy must build without warnings; this one need not.
    manifest = copy / "Cargo.toml"
    manifest.write_text(re.sub(r"\[workspace\.lints[^\[]*", "", manifest.read_text()).replace(
        "[workspace.dependencies]", "[workspace.lints.rust]\nunused = \"allow\"\n\n[workspace.dependencies]", 1))


def built(copy):
    """The test programs, by crate and by what they are called."""
    packages = [word for crate in CRATES for word in ("-p", crate)]
    others = [word for program in sorted({rule.program for rule in RULES} - {"lib"}) for word in ("--test", program)]
    command = ["cargo", "test", "--locked", *packages, "--features", "mnv3-runtime/threads", "--lib", *others, "--no-run",
               "--message-format=json"]
    run = subprocess.run(command, cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    programs = {}
    for line in run.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable"):
            crate = pathlib.Path(message["manifest_path"]).parent.name
            kind = message["target"]["kind"]
            programs[crate, "lib" if "lib" in kind else message["target"]["name"]] = message["executable"]
    return programs


def caught(programs, copy, rule, number, level):
    """Whether the tests fail with this mutant on, and how many."""
    crate = rule.file.split("/")[0]
    environment = os.environ | {"MNV3_MUTANT": str(number), "MNV3_MUTANT_LEVEL": str(LEVELS[level])}
    # The first case that fails is enough.
    environment["PROPTEST_MAX_SHRINK_ITERS"] = "0"
    run = subprocess.run([programs[crate, rule.program], rule.tests], cwd=copy / crate, env=environment,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
    if re.search(r"running 0 tests", run.stdout):
        sys.exit(f"no test of {crate} is called {rule.tests}")
    return run.returncode != 0, len(re.findall(r"\.\.\. FAILED", run.stdout))


def main():
    wanted = sys.argv[1:]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "mnv3"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("target", ".git", "*.onnx"))
        mutated(copy)
        programs = built(copy)
        print(f"built in {time.monotonic() - started:.0f} s")
        # One rule for each set of tests, none of them broken.
        for rule in {(rule.file.split("/")[0], rule.program, rule.tests): rule for rule in RULES}.values():
            fails, _ = caught(programs, copy, rule, 999, "any")
            if fails:
                sys.exit(f"tests `{rule.tests}` for {rule.file} fail without a mutant")
        print("\n| broken | level | tests | caught by |\n| --- | --- | --- | ---: |", flush=True)
        missed = count = 0
        for number, rule in enumerate(RULES):
            if wanted and not any(part in rule.name for part in wanted):
                continue
            for level in rule.levels:
                fails, failures = caught(programs, copy, rule, number, level)
                count, missed = count + 1, missed + (not fails)
                print(f"| {rule.name} | {level} | {rule.file.split('/')[0]} {rule.program} `{rule.tests}` | {failures if fails else '**nothing**'} |", flush=True)
    print(f"\n{count - missed} of {count} caught, in {time.monotonic() - started:.0f} s")
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
