"""Makes the probabilities of trained weights honest, writes the weights as F16, and shows what each threshold would do.

    python calibrate.py trained.safetensors --out ../../specs/text-direction.safetensors

The lines are in fonts that neither train nor test (`CALIBRATES`). A temperature and a shift are folded into the last layer.
"""

import argparse
import random
from itertools import islice
from pathlib import Path

import torch
from safetensors.torch import save_file

from judge import both_ways, kept, margins, no_lines, plain, probabilities
from lines import clean_lines, worn
from predict import WEIGHTS, load
from text import KINDS, SCRIPTS


def fitted(windows: list[torch.Tensor], wanted: torch.Tensor) -> tuple[float, float, float]:
    """Scale and shift of the margins with the least mean log loss, and that loss."""
    parameters = torch.tensor([1.0, 0.0], requires_grad=True)
    optimiser = torch.optim.LBFGS([parameters], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        found = probabilities(windows, *parameters).clamp(1e-6, 1 - 1e-6)
        loss = torch.nn.functional.binary_cross_entropy(found, wanted)
        loss.backward()
        return loss

    optimiser.step(closure)
    return *parameters.tolist(), closure().item()


def half_weights(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors as shipped: F16, with variances kept above F16's smallest steps."""
    return {k: (v.clamp(min=1e-4) if k.endswith("running_var") else v).half() for k, v in tensors.items()}


def drawn(lines: int, seed: int):
    """Lines of every script and every kind of text, every second one worn, and pictures without a line."""
    rng = random.Random(seed)
    scripts, kinds = [script for script in SCRIPTS for _ in KINDS], list(KINDS) * len(SCRIPTS)
    masks = [mask for *_, mask, _ in islice(clean_lines("calibrate", seed, scripts, kinds), lines * len(SCRIPTS))]
    pictures = [plain(mask) if i % 2 else worn(mask, rng.choice(masks), rng) for i, mask in enumerate(masks)]
    return pictures, no_lines("calibrate", 200, seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trained", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--lines", type=int, default=120, help="lines of each script")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--pictures", type=Path, help="file that keeps what was drawn")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = load(args.trained)
    pictures, nothings = kept(args.pictures, f"calibrate {args.lines} {args.seed}", lambda: drawn(args.lines, args.seed))
    windows = margins(model, [turn for picture in pictures for turn in both_ways(picture)])
    wanted = torch.tensor([0.0, 1.0]).repeat(len(pictures))
    scale, shift, loss = fitted(windows, wanted)
    print(f"{len(wanted)} decisions: margins x {scale:.3f} {shift:+.3f}, log loss {loss:.4f}")

    tensors = model.export_tensors()
    tensors["classifier.0.weight"] *= scale
    tensors["classifier.0.bias"] = tensors["classifier.0.bias"] * scale + torch.tensor([-shift / 2, shift / 2])
    save_file(half_weights(tensors), args.out)

    model = load(args.out)
    found = probabilities(windows, scale, shift)
    used, clean = torch.where(wanted == 1, found, 1 - found).view(-1, 2, 2).transpose(0, 1).flatten(1)
    nothing = {kind: probabilities(margins(model, some)) for kind, some in nothings.items()}
    print("| threshold | clean lines answered | of these right | worn lines answered | of these right | " + " | ".join(f"unsure: {kind}" for kind in nothing) + " |")
    print("| --- " * (5 + len(nothing)) + "|")
    for threshold in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99):
        shares = []
        for some in (clean, used):
            answered = torch.maximum(some, 1 - some) >= threshold
            shares += [answered.float().mean(), (some[answered] >= 0.5).float().mean()]
        shares += [(torch.maximum(p, 1 - p) < threshold).float().mean() for p in nothing.values()]
        print(f"| {threshold} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |")


if __name__ == "__main__":
    main()
