"""Trains the text-direction classifier further and writes its weights as F32 safetensors, to be calibrated.

    python render.py & sleep 90; python wear.py & sleep 60; python train.py --minutes 80

Batch norms keep the statistics that the weights to start from have: the network trains as it will answer.
"""

import argparse
import math
import signal
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from folded import Compiled, flat
from pool import EMPTY, FRESH, NO_LINE, Pool
from predict import WEIGHTS, load
from render import GROUPS

#: Shares of a batch: pictures not shown before, and those that were hard when last shown, with a loss above `HARD`, or
#: `TOLD` if they hold no line: the least loss of these is ln 2.
NEW, AGAIN, HARD, TOLD = 0.5, 0.2, 0.4, 0.9


def drawn(pool: Pool, count: int, noise: np.random.Generator) -> np.ndarray:
    """Slots of a batch."""
    filled = pool.groups != EMPTY
    fresh = np.flatnonzero(filled & (pool.losses == FRESH))
    hard = np.flatnonzero(filled & (pool.losses > np.where(pool.groups == NO_LINE, TOLD, HARD)))
    parts = []
    for some, share in ((fresh, NEW), (hard, AGAIN)):
        parts.append(noise.choice(some, min(len(some), round(share * count)), replace=False))
    rest = np.flatnonzero(filled)
    parts.append(noise.choice(rest, count - sum(map(len, parts))))
    return np.concatenate(parts)


def gains_of(count: int, noise: np.random.Generator) -> np.ndarray:
    """Factors of contrast: every second picture is in other colours than it was stored in. Mid-grey padding stays what it is."""
    gains = noise.uniform(0.4, 1, count) * noise.choice([-1, 1, 1], count)
    return np.where(noise.random(count) < 0.5, 1, gains).astype(np.float32)


class Watch:
    """How many pictures of a group were right when first shown, lately."""

    def __init__(self):
        self.right = {}

    def add(self, groups: np.ndarray, clean: np.ndarray, right: np.ndarray):
        for group, is_clean, hit in zip(groups.tolist(), clean.tolist(), right.tolist()):
            if group < NO_LINE:
                self.right.setdefault((group, bool(is_clean)), []).append(hit)

    def print(self):
        for clean in (True, False):
            shares = {name: self.right.get((group, clean), []) for group, name in enumerate(GROUPS)}
            every = [hit for hits in shares.values() for hit in hits]
            row = ", ".join(f"{name} {100 * np.mean(hits):.1f}" for name, hits in shares.items() if hits)
            if every:
                print(f"{'clean' if clean else 'worn'} {100 * np.mean(every):.2f} % of {len(every)}: {row}", flush=True)
        self.right = {}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pool", type=Path, default=Path("pool"))
    parser.add_argument("--slots", type=int, default=60_000)
    parser.add_argument("--start", type=Path, default=WEIGHTS, help="weights to start from")
    parser.add_argument("--minutes", type=float, default=80, help="from the first start on; may change when training goes on")
    parser.add_argument("--batch", type=int, default=32, help="windows of a step, half upright, half turned")
    parser.add_argument("--rate", type=float, default=1.5e-3, help="learning rate after warming up; falls to 0 as a cosine of time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("trained.safetensors"))
    parser.add_argument(
        "--state", type=Path, default=Path("unfinished.pt"), help="written as training goes and when it is stopped; continued from, if it exists"
    )
    args = parser.parse_args()

    torch.set_num_threads(1)
    model = load(args.start)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998))
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}], args.rate)
    kept = {"model": model, "average": average, "optimiser": optimiser}
    step, began, busy = 0, time.time(), 0.0
    if args.state.exists():
        state = torch.load(args.state, weights_only=False)
        step, began, busy = (state.pop(name) for name in ("step", "began", "busy"))
        for name, values in state.items():
            kept[name].load_state_dict(values)
    pool, noise, watch = Pool(args.pool, args.slots), np.random.default_rng([args.seed, step]), Watch()
    compiled = Compiled()
    stops = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: stops.append(number))
    losses, printed, first = [], time.time(), step
    processed = time.process_time()
    while not stops:
        done = (time.time() - began) / (60 * args.minutes)
        if done >= 1:
            break
        rate = args.rate * min(1, (step - first + 1) / 200) * (1 + math.cos(math.pi * done)) / 2
        for group in optimiser.param_groups:
            group["lr"] = rate
        slots = drawn(pool, args.batch // 2, noise)
        groups, fresh = pool.groups[slots], pool.losses[slots] == FRESH
        is_line = (groups != NO_LINE) & (groups != EMPTY)
        parameters = flat(model)
        found, margins, each = compiled.gradient(parameters, pool.windows[slots], pool.widths[slots], gains_of(len(slots), noise), is_line)
        optimiser.zero_grad()
        parameters.backward(found)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update_parameters(model)
        step += 1
        pool.losses[slots] = each
        right = ((margins > 0) == [False, True]).mean(1)
        watch.add(groups[fresh], pool.clean[slots][fresh], right[fresh])
        losses.append(each.mean())
        if step % 500 == 0:
            print(
                f"{100 * done:5.1f} % step {step} {500 / (time.time() - printed):.2f} a second, rate {rate:.5f} loss {np.mean(losses[-500:]):.4f} "
                f"unseen in the pool {int((pool.losses == FRESH).sum())} hard {int((pool.losses > HARD).sum())}",
                flush=True,
            )
            printed = time.time()
        if step % 4000 == 0:
            watch.print()
        if step % 500 == 0:
            save(args, kept, average, step, began, busy + time.process_time() - processed)
    save(args, kept, average, step, began, busy + time.process_time() - processed)
    print(f"{step} steps, {(busy + time.process_time() - processed) / 60:.1f} minutes of one core: {args.out}")


def save(args, kept, average, step: int, began: float, busy: float):
    unfinished = args.state.with_suffix(".writing")
    torch.save({"step": step, "began": began, "busy": busy} | {name: part.state_dict() for name, part in kept.items()}, unfinished)
    unfinished.rename(args.state)
    save_file(average.module.export_tensors(), args.out)


if __name__ == "__main__":
    main()
