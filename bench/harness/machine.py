"""What the measurements were made on."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path


def processor() -> str:
    return _field("model name") or platform.processor() or platform.machine()


def slug() -> str:
    """The processor's name as part of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\(r\)|\(tm\)|cpu|processor", "", processor().lower())).strip("-")


def markdown(versions: dict[str, str], date: str) -> str:
    """Machine, versions and date as a list."""
    flags = (_field("flags") or "").split()
    sets = [flag for flag in ("avx2", "fma", "avx512f", "avx512_bf16", "amx_tile") if flag in flags]
    identity = " ".join(f"{key} {_field(key)}" for key in ("cpu family", "model", "stepping") if _field(key))
    lines = [
        f"- date: {date}",
        f"- processor: {processor()} ({identity}), {_count_processors()} cores visible, {', '.join(sets) or 'no AVX2'}",
        f"- virtual machine: {'yes' if 'hypervisor' in flags else 'no'}",
        f"- system: {platform.system()} {platform.release()}, {platform.machine()}",
        f"- compiler: {_output('rustc', '--version')}",
        f"- mnv3 at commit {_output('git', 'rev-parse', '--short', 'HEAD')}{_changes()}",
        f"- engines: {', '.join(sorted(set(versions.values())))}; Python {platform.python_version()}",
    ]
    return "\n".join(lines) + "\n"


def _field(name: str) -> str | None:
    """A line of the first processor in /proc/cpuinfo."""
    found = re.search(rf"^{name}\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found.group(1).strip() if found else None


def _count_processors() -> int:
    return len(re.findall(r"^processor\s*:", Path("/proc/cpuinfo").read_text(), re.MULTILINE))


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent).stdout.strip()


def _changes() -> str:
    paths = ["mnv3-runtime", "mnv3-codegen", "mnv3-spec", "specs"]
    root = Path(__file__).resolve().parents[2]
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", *paths], cwd=root, check=False)
    return " and uncommitted changes" if changed.returncode else ""
