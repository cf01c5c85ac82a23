#!/usr/bin/env python3
"""Breaks kernels on purpose and asks the runtime's tests: `python3 ci/mutants/run.py [PART OF A NAME...]`.

A copy of the repository is made, all mutants are written into it, and it is built once; then each is switched on by itself, at one
level, and the tests that are nearest to it are run. The table says which were caught; the exit code is 1 if any was not.
"""

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
    use fearless_simd::{Level, Simd};
    use std::sync::LazyLock;

    static ON: LazyLock<[u32; 2]> = LazyLock::new(|| {
        let number = |key| std::env::var(key).ok().and_then(|text| text.parse().ok()).unwrap_or(u32::MAX);
        [number("MNV3_MUTANT"), number("MNV3_MUTANT_LEVEL")]
    });

    pub(crate) fn is(number: u32) -> bool {
        ON[0] == number
    }

    #[inline(always)]
    pub(crate) fn at<S: Simd>(number: u32, simd: S) -> bool {
        let level = match simd.level() {
            Level::Avx512(_) => 1,
            Level::Avx2(_) => 2,
            Level::Sse2(_) | Level::Sse4_2(_) => 3,
            _ => u32::MAX,
        };
        ON[0] == number && ON[1] == level
    }
}
"""


def mutated(copy):
    """Writes every mutant into the copy."""
    for number, rule in enumerate(RULES):
        path = copy / rule.file
        text = path.read_text()
        if text.count(rule.old) != 1:
            sys.exit(f"{rule.name}: its text stands {text.count(rule.old)} times in {rule.file}; write the rule anew")
        on = f"crate::mutant::is({number})" if rule.levels == ("any",) else f"crate::mutant::at({number}, {rule.simd})"
        path.write_text(text.replace(rule.old, rule.new.replace("BROKEN", on)))
    library = copy / "mnv3-runtime/src/lib.rs"
    library.write_text(library.read_text() + SWITCH)
    # A clean copy must build without warnings; this one need not.
    manifest = copy / "Cargo.toml"
    manifest.write_text(re.sub(r"\[workspace\.lints[^\[]*", "", manifest.read_text()).replace(
        "[workspace.dependencies]", "[workspace.lints.rust]\nunused = \"allow\"\n\n[workspace.dependencies]", 1))


def built(copy):
    """The test program of the runtime."""
    command = ["cargo", "test", "--locked", "-p", "mnv3-runtime", "--features", "threads", "--lib", "--no-run"]
    run = subprocess.run(command, cwd=copy, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return re.search(r"\((.*?/mnv3_runtime-[0-9a-f]+)\)", run.stderr).group(1)


def caught(program, copy, tests, number, level):
    """Whether the tests fail with this mutant on, and which."""
    environment = os.environ | {"MNV3_MUTANT": str(number), "MNV3_MUTANT_LEVEL": str(LEVELS[level])}
    # The first case that fails is enough.
    environment["PROPTEST_MAX_SHRINK_ITERS"] = "0"
    run = subprocess.run([copy / program, tests], cwd=copy / "mnv3-runtime", env=environment,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
    if re.search(r"running 0 tests", run.stdout):
        sys.exit(f"no test is called {tests}")
    return run.returncode != 0, len(re.findall(r"\.\.\. FAILED", run.stdout))


def main():
    wanted = sys.argv[1:]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "mnv3"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("target", ".git", "*.onnx"))
        mutated(copy)
        program = built(copy)
        print(f"built in {time.monotonic() - started:.0f} s")
        for tests in sorted({rule.tests for rule in RULES}):
            fails, _ = caught(program, copy, tests, 999, "any")
            if fails:
                sys.exit(f"{tests} fails without a mutant")
        print("\n| broken | level | tests | caught by |\n| --- | --- | --- | ---: |", flush=True)
        missed = count = 0
        for number, rule in enumerate(RULES):
            if wanted and not any(part in rule.name for part in wanted):
                continue
            for level in rule.levels:
                fails, failures = caught(program, copy, rule.tests, number, level)
                count, missed = count + 1, missed + (not fails)
                print(f"| {rule.name} | {level} | `{rule.tests}` | {failures if fails else '**nothing**'} |", flush=True)
    print(f"\n{count - missed} of {count} caught, in {time.monotonic() - started:.0f} s")
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
