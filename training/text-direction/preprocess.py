"""From a picture of a line to what the network reads: the contract of specs/text-direction.md."""

import numpy as np
from PIL import Image, ImageOps

HEIGHT, WIDTH, MOST_WINDOWS = 48, 192, 8


def seen(image: Image.Image) -> Image.Image:
    """RGB as a person sees it: turned as EXIF says, transparent parts on white."""
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def scale(image: Image.Image) -> np.ndarray:
    """An RGB image as values in -1..1, 48 rows, aspect ratio kept; the filter is a triangle, widened when shrinking."""
    w, h = image.size
    width = max(1, int(w * HEIGHT / h + 0.5))
    small = image.resize((width, HEIGHT), Image.Resampling.BILINEAR)
    return np.asarray(small, np.float32) / 127.5 - 1


def windows(line: np.ndarray) -> list[np.ndarray]:
    """Windows of 48 x 192: one, padded on the right with 0, or up to eight, evenly spaced."""
    width = line.shape[1]
    if width <= WIDTH:
        padded = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        padded[:, :width] = line
        return [padded]
    n = min(MOST_WINDOWS, -(-width // WIDTH))
    starts = [int(i * (width - WIDTH) / (n - 1) + 0.5) for i in range(n)]
    return [line[:, s : s + WIDTH] for s in starts]
