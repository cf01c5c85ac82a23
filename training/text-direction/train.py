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

from lines import clean_lines, worn
from model import TextDirection
from preprocess import scale, windows


class Worn(torch.utils.data.IterableDataset):
    """Endless worn lines, half of them turned by 180 degrees."""

    def __init__(self, masks, seed):
        self.masks, self.seed = masks, seed

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(self.seed * 1000 + (worker.id if worker else 0))
        while True:
            mask = Image.fromarray(rng.choice(self.masks))
            image = worn(mask, Image.fromarray(rng.choice(self.masks)), rng)
            turned = rng.random() < 0.5
            if turned:
                image = image.transpose(Image.Transpose.ROTATE_180)
            line = scale(image)
            width = line.shape[1]
            if width > 192:
                start = rng.randint(0, width - 192)
                line = line[:, start : start + 192]
            yield torch.from_numpy(windows(line)[0].transpose(2, 0, 1).copy()), int(turned)


def half_weights(model) -> dict[str, torch.Tensor]:
    """The tensors as shipped: F16, with variances kept above F16's smallest steps."""
    state = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    for k in state:
        if k.endswith("running_var"):
            state[k] = state[k].clamp(min=1e-4)
    return {k: v.half().contiguous() for k, v in state.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=4800)
    parser.add_argument("--lines", type=int, default=24_000, help="clean lines rendered before training starts")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("../../specs/text-direction.safetensors"))
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    began = time.time()
    masks = [np.asarray(mask) for _, _, mask, _ in clean_lines(args.lines, test=False, seed=args.seed)]
    print(f"{len(masks)} lines rendered in {time.time() - began:.0f} s", flush=True)

    model = TextDirection().to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995), use_buffers=True
    )
    optimiser = torch.optim.AdamW(model.parameters(), args.rate, weight_decay=0.02)
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=0.02)
    loader = torch.utils.data.DataLoader(Worn(masks, args.seed), args.batch, num_workers=args.workers, prefetch_factor=6)
    began, losses, hits = time.time(), [], []
    unfinished = args.out.with_suffix(".unfinished.safetensors")
    for step, (images, turned) in zip(range(1, args.steps + 1), loader):
        rate = args.rate * min(1, step / 200) * 0.5 * (1 + np.cos(np.pi * step / args.steps))
        for group in optimiser.param_groups:
            group["lr"] = rate
        scores = model(images.contiguous(memory_format=torch.channels_last))
        loss = loss_of(scores, turned)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        average.update_parameters(model)
        losses.append(loss.item())
        hits.append((scores.argmax(1) == turned).float().mean().item())
        if step % 100 == 0:
            minutes = (time.time() - began) / 60
            print(f"{minutes:5.1f} min step {step} loss {np.mean(losses[-100:]):.4f} hits {np.mean(hits[-100:]):.4f}", flush=True)
            save_file(half_weights(average.module), unfinished)
    save_file(half_weights(average.module), args.out)
    unfinished.unlink(missing_ok=True)
    count = sum(p.numel() for p in model.parameters())
    print(f"{args.steps * args.batch} lines in {(time.time() - began) / 60:.1f} min, {count} parameters")


if __name__ == "__main__":
    main()
