"""Makes pictures for training out of the lines of render.py, worn or clean, and keeps the pool of train.py fresh.

    python wear.py --part 0 2 & python wear.py --part 1 2
"""

import argparse
import random
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from lines import worn
from nothings import NOTHINGS
from pool import FRESH, NO_LINE, Pool
from preprocess import HEIGHT, WIDTH
from render import Masks

#: Shares of pictures: clean, black on white; without a line. The rest is worn.
CLEAN, NOTHING = 0.3, 0.1
#: Share of the pool that waits to be shown, from which making more can wait.
ENOUGH = 0.5


def rows(picture: Image.Image) -> np.ndarray:
    """A picture as `preprocess.scale` scales it, still in 8 bits."""
    w, h = picture.size
    return np.asarray(picture.resize((max(1, int(w * HEIGHT / h + 0.5)), HEIGHT), Image.Resampling.BILINEAR))


def crops(line: np.ndarray, rng: random.Random) -> list[np.ndarray]:
    """One or two windows of a line: ends as often as middles, as the contract's windows lie."""
    room = line.shape[1] - WIDTH
    if room <= 0:
        return [line]
    starts = [rng.choice([0, room, rng.randint(0, room), rng.randint(0, room)]) for _ in range(2 if room > 0.7 * WIDTH else 1)]
    return [line[:, start : start + WIDTH] for start in starts]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=Path, default=Path("lines"), help="folder that render.py writes")
    parser.add_argument("--pool", type=Path, default=Path("pool"))
    parser.add_argument("--slots", type=int, default=60_000)
    parser.add_argument("--part", type=int, nargs=2, default=(0, 1), metavar=("I", "N"), help="one of N programs")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    pool = Pool(args.pool, args.slots)
    rng = random.Random(f"{args.seed} {args.part} {time.time_ns()}")
    masks = Masks(args.lines, rng)
    kinds = [*NOTHINGS.values(), NOTHINGS["texture"]]  # of which there are several
    made, began = 0, time.time()
    slot = args.part[0]
    while True:
        nothing, clean, group = rng.random() < NOTHING, False, NO_LINE
        if nothing:
            mask = rng.choice(kinds)(masks, rng)
        else:
            mask, group = masks.grouped()
            clean = rng.random() < CLEAN
        if clean:
            border = tuple(int(mask.size[1] * rng.uniform(0, 0.3)) for _ in range(4))
            picture = ImageOps.invert(ImageOps.expand(mask, border)).convert("RGB")
        else:
            picture = worn(mask, masks.choice(), rng)
        for window in crops(rows(picture), rng):
            pool.put(slot, window, group, clean)
            slot = (slot + args.part[1]) % (args.slots - args.slots % args.part[1])
            made += 1
            if made % 500 == 0:
                while np.mean(pool.losses == FRESH) > ENOUGH:
                    time.sleep(1)
            if made % 5000 == 0:
                print(f"{(time.time() - began) / 60:5.1f} min {made} windows", flush=True)


if __name__ == "__main__":
    main()
