"""Generated PyTorch modules against the libraries and against the compiled networks: `python check.py [SPEC...]`.

For every spec (without arguments: all in specs/, tests/specs/ and variants/ that are computed in float32) the module is generated, filled with formula weights, and run in
float64. Names and shapes of tensors, scores and blocks are compared with the library's fixture where parity.rs names one, and what
the compiled network answers, from the module's own exported file, with what the module does. Ends with 1 if anything differs.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

import compiled

ROOT = compiled.ROOT
sys.path.insert(0, str(ROOT / "tests" / "fixtures"))
import formula  # noqa: E402

# The command: MNV3, or built.
MNV3 = [os.environ["MNV3"]] if "MNV3" in os.environ else ["cargo", "run", "--quiet", "-p", "mnv3-cli", "--"]
# The library's numbers are stored with nine digits, half a unit of which is up to 5e-9; the compiled network computes in float32.
LIBRARY_TOLERANCE = 6e-9
# Paddle's numbers in float64 are further away, by up to 8e-8 of the largest; where that comes from is not known. In float32 it would be 1e-6.
PADDLE_TOLERANCE = 1e-7
COMPILED_TOLERANCE = 1e-4
# Of specs without fixture.
GAIN = 5.0


def mnv3(*arguments):
    """What the command prints."""
    return subprocess.run([*MNV3, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


class Subject:
    """A spec's generated module, with weights in it."""

    def __init__(self, spec, fixture):
        self.spec, self.fixture = spec, fixture
        text = mnv3("torch", spec)
        self.multiply_adds = json.loads(mnv3("summary", spec, "--json"))["multiply_adds"]
        self.module = types.ModuleType("generated")
        exec(compile(text, f"{spec}.py", "exec"), vars(self.module))
        self.name, network = [(n, c) for n, c in vars(self.module).items() if hasattr(c, "export_tensors")][0]
        self.network = network().eval()
        size = re.search(r"Images, N x (\d+) x (\d+) x (\d+)", network.__doc__)
        channels, height, width = map(int, size.groups())
        self.image = formula.image(height, width, channels)
        self.weigh()

    def weigh(self):
        """Loads the trained weights beside the spec if there are some, else formula weights."""
        tensors = self.network.export_tensors()
        trained = (ROOT / self.spec).with_suffix(".safetensors")
        gain = self.fixture["gain"] if self.fixture else GAIN
        if trained.exists():
            weights = {name: tensor.float() for name, tensor in load_file(trained).items()}
        else:
            weights = {n: torch.from_numpy(formula.weights(n, tuple(t.shape), gain)) for n, t in tensors.items()}
        self.network.load_tensors(weights)
        back = self.network.export_tensors()
        if any(not torch.equal(back[name], tensor) for name, tensor in weights.items()):
            raise ValueError(f"{self.spec}: a tensor changes on its way through the module")

    def tensors(self):
        """Names and shapes in the order of the structure."""
        return [(name, list(tensor.shape)) for name, tensor in self.network.export_tensors().items()]

    def keys(self):
        """Whether `state_dict()` has the weights file's own names."""
        state = {n: t.shape for n, t in self.network.state_dict().items() if not n.endswith("num_batches_tracked")}
        return "own" if state == {n: t.shape for n, t in self.network.export_tensors().items()} else "table"

    @torch.no_grad()
    def run(self):
        """Logits and maps by name as the libraries have them (HWC), and outputs of all bottlenecks, in float64."""
        blocks = []
        hooks = [
            part.register_forward_hook(lambda _part, _input, output: blocks.append(hwc(output)))
            for part in self.network.modules()
            if isinstance(part, self.module.Bottleneck)
        ]
        image = torch.from_numpy(self.image.astype(np.float64)).permute(2, 0, 1)[None]
        # A copy would do, but double() and back is exact: float32 fits into float64.
        answer = self.network.double()(image)
        predicted = self.network.predict(image)
        self.network.float()
        for hook in hooks:
            hook.remove()
        return named(answer), named(predicted), blocks[: len(blocks) // 2]


def hwc(tensor):
    return tensor[0].permute(1, 2, 0).numpy()


def named(answer):
    """Scores and maps of a forward pass as one dictionary."""
    scores, maps = answer if isinstance(answer, tuple) else (None, answer) if isinstance(answer, dict) else (answer, {})
    own = {} if scores is None else {"scores": scores[0].numpy()}
    return own | {name: hwc(tensor) for name, tensor in maps.items()}


def log_softmax(logits):
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum())


def difference(ours, theirs):
    """The largest difference, as a share of the largest value."""
    ours, theirs = np.ravel(ours), np.ravel(theirs)
    if ours.shape != theirs.shape:
        raise ValueError(f"{ours.size} values against {theirs.size}")
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def against_library(subject, answer, blocks):
    """The largest difference of scores and of the sampled positions of every block."""
    fixture = subject.fixture
    if sorted(map(tuple, ((n, tuple(s)) for n, s in fixture["tensors"]))) != sorted((n, tuple(s)) for n, s in subject.tensors()):
        raise ValueError(f"{subject.spec}: names or shapes of tensors are not the library's")
    # Of a network that segments, the logits of all pixels; of one that detects, those of all anchors.
    of_anchors = [np.ravel(map) for name, map in answer.items() if name.startswith("logits_")]
    scores = np.concatenate(of_anchors) if of_anchors else np.ravel(answer["logits"] if "logits" in answer else answer["scores"])
    scores = log_softmax(scores) if fixture["softmax"] else scores
    theirs = fixture["log_probabilities"] if fixture["softmax"] else fixture["logits"]
    found = [difference(scores[:: fixture["logits_every"]], theirs)]
    maps = {f"bottleneck {number}": block for number, block in enumerate(blocks, 1)}
    maps |= {name: map for name, map in answer.items() if name in fixture["taps"]}
    for name, block in maps.items():
        samples = fixture["taps"][name]
        found.append(difference([block[y, x, c] for y, x, c, _ in samples], [value for *_, value in samples]))
    return max(found)


def against_compiled(subject, program, number, predicted, folder):
    """The largest difference of the compiled network's answers, probabilities by their logarithms."""
    weights = folder / "weights.safetensors"
    save_file(subject.network.export_tensors(), weights)
    ours = compiled.run(program, number, weights, subject.image, folder)
    found = []
    for name, theirs in predicted.items():
        probabilities = name == "scores" and abs(theirs.sum() - 1) < 1e-9 and (theirs >= 0).all()
        pair = (np.log(ours[name]), np.log(theirs)) if probabilities else (ours[name], theirs)
        found.append(difference(*pair))
    return max(found)


def fixtures():
    """Fixtures by spec, as the parity tests pair them."""
    pairs = re.findall(r'"mnv3:([^"]+)" by "([^"]+)"', (ROOT / "mnv3-exec" / "tests" / "parity.rs").read_text())
    folder = ROOT / "tests" / "fixtures"
    return {f"specs/{spec}.yaml": json.loads((folder / f"{name}.json").read_text()) for spec, name in pairs}


def specs():
    folders = ["specs", "tests/specs", "tests/torch/variants"]
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.yaml")]
    # Those that are stored or computed in fewer bits have no module of the same arithmetic; their tests are in mnv3-exec.
    in_float32 = [path for path in found if not re.search(r"^(precision|matrices):", path.read_text(), re.MULTILINE)]
    return sorted(str(path.relative_to(ROOT)) for path in in_float32)


def main(wanted):
    paired = fixtures()
    named = [str(Path(spec).resolve().relative_to(ROOT)) for spec in wanted]
    wanted = named or specs()
    subjects = [Subject(spec, paired.get(spec)) for spec in wanted]
    right = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        answers = [subject.run() for subject in subjects]
        networks = [(ROOT / s.spec, s.name, list(predicted)) for s, (_, predicted, _) in zip(subjects, answers, strict=True)]
        program = compiled.build(networks, folder / "crate")
        print("| spec | parameters | multiply-adds | keys | library (f64) | compiled (f32) |")
        print("| --- | ---: | ---: | --- | ---: | ---: |")
        for number, (subject, (answer, predicted, blocks)) in enumerate(zip(subjects, answers, strict=True)):
            library = against_library(subject, answer, blocks) if subject.fixture else None
            ours = against_compiled(subject, program, number, predicted, folder)
            right &= (library is None or library <= (PADDLE_TOLERANCE if "paddle" in subject.spec else LIBRARY_TOLERANCE)) and ours <= COMPILED_TOLERANCE
            count = sum(p.numel() for p in subject.network.parameters())
            if subject.fixture and subject.fixture["parameters_counted"] == "trainable" and count != subject.fixture["parameters"]:
                raise ValueError(f"{subject.spec}: {count:,} parameters, the library has {subject.fixture['parameters']:,}")
            shown = "-" if library is None else f"{library:.1e}"
            print(f"| {subject.spec} | {count:,} | {subject.multiply_adds:,} | {subject.keys()} | {shown} | {ours:.1e} |", flush=True)
    print("All agree." if right else "There are differences.")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
