"""A pool of training pictures in files that several programs map: wear.py fills it round and round, train.py draws from it.

So that training never waits for pictures, but sees some more often than others; the harder, the more often.
"""

from pathlib import Path

import numpy as np

from preprocess import HEIGHT, WIDTH
from render import GROUPS

EMPTY, NO_LINE = 255, len(GROUPS)
#: Loss of a picture that was not shown yet.
FRESH = -1.0


class Pool:
    """Windows as they are upright, 48 x 192 x 3 of 8 bits, with widths, groups and the loss when last shown."""

    def __init__(self, folder: Path, slots: int):
        folder.mkdir(parents=True, exist_ok=True)
        shapes = {
            "windows": (np.uint8, (slots, HEIGHT, WIDTH, 3)),
            "widths": (np.uint8, (slots,)),
            "groups": (np.uint8, (slots,)),
            "clean": (np.uint8, (slots,)),
            "losses": (np.float32, (slots,)),
        }
        self.slots = slots
        for name, (kind, shape) in shapes.items():
            path = folder / f"{name}.{slots}"
            new = not path.exists()
            if new:
                with open(path, "wb") as file:
                    file.truncate(np.dtype(kind).itemsize * int(np.prod(shape)))
            setattr(self, name, np.memmap(path, kind, "r+", shape=shape))
            if new and name == "groups":
                self.groups[:] = EMPTY

    def put(self, slot: int, window: np.ndarray, group: int, clean: bool):
        self.groups[slot] = EMPTY
        self.windows[slot, :, : window.shape[1]] = window
        self.widths[slot], self.clean[slot], self.losses[slot] = window.shape[1], clean, FRESH
        self.groups[slot] = group
