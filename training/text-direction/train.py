"""Trains the text-direction classifier and writes its weights as F32 safetensors, to be calibrated.

    python render.py & sleep 60; python train.py --out trained.safetensors
"""

import argparse
import math
import random
import signal
import time
from pathlib import Path

import numpy as np
import torch
from PIL import ImageOps
from safetensors.torch import save_file

from lines import worn
from nothings import NOTHINGS
from predict import load
from preprocess import WIDTH, scale, windows
from render import Masks
from text_direction import TextDirection

#: Shares of pictures: clean, black on white; without a line. The rest is worn.
CLEAN, NOTHING = 0.25, 0.08
#: Loss of a pair from which it is shown again, and how often at most.
HARD, SHOWN = 0.5, 4


def pair_of(line: np.ndarray, rng: random.Random) -> np.ndarray:
    """A random window of a line, and the same turned by 180 degrees."""
    start = rng.randint(0, max(0, line.shape[1] - WIDTH))
    crop = line[:, start : start + WIDTH]
    return np.stack([windows(crop)[0], windows(crop[::-1, ::-1])[0]])


class Pairs(torch.utils.data.IterableDataset):
    """Endless pairs of windows, upright and turned, with whether they hold a line of text."""

    def __init__(self, folder: Path, seed: str):
        self.folder, self.seed = folder, seed

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(f"{self.seed} {worker.id if worker else 0}")
        masks = Masks(self.folder, rng)
        kinds = list(NOTHINGS.values())
        while True:
            is_line = rng.random() >= NOTHING
            mask = masks.choice() if is_line else rng.choice(kinds)(masks, rng)
            if is_line and rng.random() < CLEAN:
                border = [int(mask.size[1] * rng.uniform(0, 0.3)) for _ in range(4)]
                picture = ImageOps.invert(ImageOps.expand(mask, tuple(border))).convert("RGB")
            else:
                picture = worn(mask, masks.choice(), rng)
            line = scale(picture)
            for _ in range(2 if line.shape[1] > 1.7 * WIDTH else 1):
                pair = pair_of(line, rng)
                yield torch.from_numpy(pair.transpose(0, 3, 1, 2).copy()), is_line


class Again:
    """Pairs that were hard, to be shown again in other colours."""

    def __init__(self, room: int):
        self.room, self.pairs = room, []

    def add(self, images: torch.Tensor, shown: int):
        if shown < SHOWN:
            self.pairs.append((images, shown + 1))
            self.pairs = self.pairs[-self.room :]

    def take(self, count: int) -> tuple[list[torch.Tensor], list[int]]:
        if len(self.pairs) < self.room // 4:
            return [], []
        taken = [self.pairs.pop(random.randrange(len(self.pairs))) for _ in range(count)]
        gains = [random.uniform(0.6, 1) * random.choice([-1, 1]) for _ in taken]  # mid-grey padding stays what it is
        return [images * gain for (images, _), gain in zip(taken, gains)], [shown for _, shown in taken]


def order_of(scores: torch.Tensor) -> torch.Tensor:
    """Loss of each pair as a pair: the turned line must look more turned than the upright one.

    What both share (colours, contrast, font) cancels here and leaves the gradient to what differs.
    """
    upright, turned = (scores[:, 1] - scores[:, 0]).view(-1, 2).T
    return torch.nn.functional.softplus(upright - turned)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=Path, default=Path("lines"), help="folder that render.py writes")
    parser.add_argument("--start", type=Path, help="weights to start from instead of random ones")
    parser.add_argument("--steps", type=int, default=20_000, help="may change when training goes on: so does the rate")
    parser.add_argument("--batch", type=int, default=32, help="windows of a step, half upright, half turned")
    parser.add_argument("--again", type=int, default=4, help="pairs of a batch that were hard before")
    parser.add_argument("--rate", type=float, default=3e-3, help="learning rate after warming up; falls to 0 as a cosine")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("trained.safetensors"))
    parser.add_argument(
        "--state", type=Path, default=Path("unfinished.pt"), help="written as training goes and when it is stopped; continued from, if it exists"
    )
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    random.seed(args.seed)
    torch.set_num_threads(1)
    model = load(args.start).train() if args.start else TextDirection()
    model = model.to(memory_format=torch.channels_last)
    for part in model.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = 0.03
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.997), use_buffers=True
    )
    optimiser = torch.optim.AdamW(model.parameters(), args.rate, weight_decay=0.02)
    kept = {"model": model, "average": average, "optimiser": optimiser}
    done = 0
    if args.state.exists():
        state = torch.load(args.state)
        done = state.pop("step")
        for name, values in state.items():
            kept[name].load_state_dict(values)
    loader = torch.utils.data.DataLoader(
        Pairs(args.lines, f"{args.seed} {done}"), args.batch // 2 - args.again, num_workers=args.workers, prefetch_factor=6
    )
    again = Again(64 * args.again)
    targets = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).repeat(args.batch // 2, 1)
    stops = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: stops.append(number))
    began, losses, hits = time.time(), [], []
    for step, (fresh, is_line) in zip(range(done + 1, args.steps + 1), loader):
        rate = args.rate * min(1, step / 200) * (1 + math.cos(math.pi * step / args.steps)) / 2
        for group in optimiser.param_groups:
            group["lr"] = rate
        hard, shown = again.take(args.again)
        pairs = torch.cat([fresh, *(pair[None] for pair in hard)])
        is_line = torch.cat([is_line, torch.ones(len(hard), dtype=torch.bool)])
        target = torch.where(is_line.repeat_interleave(2)[:, None], targets[: 2 * len(pairs)], 0.5)
        scores = model(pairs.flatten(0, 1).contiguous(memory_format=torch.channels_last))
        each = torch.nn.functional.cross_entropy(scores, target, reduction="none").view(-1, 2).mean(1)
        loss = (each + is_line * order_of(scores) / 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        average.update_parameters(model)
        times = [1] * len(fresh) + shown
        for i in torch.nonzero(is_line & (each > HARD)).flatten().tolist():
            again.add(pairs[i].clone(), times[i])
        losses.append(loss.item())
        right = (scores.argmax(1).view(-1, 2) == torch.tensor([0, 1])).float().mean(1)
        hits.append(right[: len(fresh)][is_line[: len(fresh)]].mean().item())
        if step % 100 == 0 or stops:
            minutes = (time.time() - began) / 60
            print(
                f"{minutes:5.1f} min step {step} rate {rate:.5f} loss {np.mean(losses[-100:]):.4f} "
                f"hits on fresh lines {np.mean(hits[-100:]):.4f} to show again {len(again.pairs)}",
                flush=True,
            )
            torch.save({"step": step} | {name: part.state_dict() for name, part in kept.items()}, args.state)
            save_file(average.module.export_tensors(), args.out)
        if stops:
            break
    save_file(average.module.export_tensors(), args.out)
    print(f"{sum(p.numel() for p in model.parameters())} parameters in {args.out}")


if __name__ == "__main__":
    main()
