"""Trains the text-direction classifier and writes its weights as F16 safetensors.

    python train.py --out ../../specs/text-direction.safetensors
"""

import argparse
import random
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from lines import clean_lines, forget_fonts, worn
from preprocess import WIDTH, scale, windows
from text_direction import TextDirection

class Worn(torch.utils.data.IterableDataset):
    """Endless pairs of crops of worn lines: upright, and the same turned by 180 degrees."""

    def __init__(self, masks, width, seed):
        self.masks, self.width, self.seed = masks, width, seed

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(f"{self.seed} {self.width} {worker.id if worker else 0}")
        while True:
            mask = Image.fromarray(rng.choice(self.masks))
            line = scale(worn(mask, Image.fromarray(rng.choice(self.masks)), rng))
            start = rng.randint(0, max(0, line.shape[1] - self.width))
            crop = line[:, start : start + self.width]
            pair = np.stack([windows(crop)[0], windows(crop[::-1, ::-1])[0]])
            yield torch.from_numpy(pair[:, :, : self.width].transpose(0, 3, 1, 2).copy())


def phases(args):
    """First step, step after the last, and width of crops of each phase."""
    ends = np.cumsum([args.narrow, *args.whole]).tolist()
    return zip([0, *ends], ends, [WIDTH // 2] + [WIDTH] * len(args.whole))


def batches(masks, args, done):
    """Yields images, whether each is turned, and the share of the full rate, for the steps after those done.

    Narrow crops cost half and teach the shapes of letters, at the full rate. Whole windows, as wide as in use, follow in
    one or more phases, each with the rate falling from full to 0.
    """
    turned = torch.arange(args.batch) % 2
    for begin, end, width in phases(args):
        steps = range(max(begin, done), end)
        if not steps:
            continue
        lines = Worn(masks, width, f"{args.seed} {steps.start}")
        loader = torch.utils.data.DataLoader(lines, args.batch // 2, num_workers=args.workers, prefetch_factor=6)
        for step, pairs in zip(steps, loader):
            yield pairs.flatten(0, 1), turned, min(1, (step + 1) / 100) if begin == 0 else (end - step) / (end - begin)


def order_of(scores):
    """Loss of each pair as a pair: the turned line must look more turned than the upright one.

    What both share (colours, contrast, font) cancels here and leaves the gradient to what differs.
    """
    upright, turned = (scores[:, 1] - scores[:, 0]).view(-1, 2).T
    return torch.nn.functional.softplus(upright - turned).mean()


def half_weights(model) -> dict[str, torch.Tensor]:
    """The tensors as shipped: F16, with variances kept above F16's smallest steps."""
    tensors = model.export_tensors()
    return {k: (v.clamp(min=1e-4) if k.endswith("running_var") else v).half() for k, v in tensors.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--narrow", type=int, default=4000, help="steps on narrow crops")
    parser.add_argument("--whole", type=int, nargs="+", default=[1500, 3000, 4000], help="steps of each phase on whole windows")
    parser.add_argument("--lines", type=int, default=10_000, help="clean lines rendered before training starts")
    parser.add_argument("--batch", type=int, default=32, help="crops of a step, half upright, half turned")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("../../specs/text-direction.safetensors"))
    parser.add_argument(
        "--state",
        type=Path,
        default=Path("unfinished.pt"),
        help="written as training goes; continued from, if it exists, also with phases added to --whole",
    )
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    began = time.time()
    masks = [np.asarray(mask) for _, _, mask, _ in clean_lines(args.lines, test=False, seed=args.seed)]
    forget_fonts()
    print(f"{len(masks)} lines rendered in {time.time() - began:.0f} s", flush=True)

    model = TextDirection()
    for part in model.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = 0.03
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995), use_buffers=True
    )
    optimiser = torch.optim.AdamW(model.parameters(), args.rate, weight_decay=0.02)
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=0.02)
    kept = {"model": model, "average": average, "optimiser": optimiser}
    done = 0
    if args.state.exists():
        state = torch.load(args.state)
        done = state.pop("step")
        for name, values in state.items():
            kept[name].load_state_dict(values)
    compiled = torch.compile(model, dynamic=False)
    began, losses, hits = time.time(), [], []
    for step, (images, turned, share) in enumerate(batches(masks, args, done), done + 1):
        for group in optimiser.param_groups:
            group["lr"] = args.rate * share
        scores = compiled(images)
        loss = loss_of(scores, turned) + order_of(scores)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        average.update_parameters(model)
        losses.append(loss.item())
        hits.append((scores.argmax(1) == turned).float().mean().item())
        if step % 100 == 0:
            minutes = (time.time() - began) / 60
            print(f"{minutes:5.1f} min step {step} loss {np.mean(losses[-100:]):.4f} hits {np.mean(hits[-100:]):.4f}", flush=True)
            torch.save({"step": step} | {name: part.state_dict() for name, part in kept.items()}, args.state)
    save_file(half_weights(average.module), args.out)
    count = sum(p.numel() for p in model.parameters())
    print(f"{len(losses) * args.batch} crops in {(time.time() - began) / 60:.1f} min, {count} parameters")


if __name__ == "__main__":
    main()
