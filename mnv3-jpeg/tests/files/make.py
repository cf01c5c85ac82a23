"""Writes the files of this folder: JPEGs by Pillow, and what they are at 1/2, 1/4 and 1/8, from their coefficients as libjpeg reads them.

    pip install pillow==13.0.0 numpy==2.4.6 jpeglib==1.0.2
    python make.py

A block of 8 x 8 coefficients becomes N x N pixels by the inverse DCT of that size of its N x N lowest, in float64; a component of
half the resolution gives twice as many, so that nothing is resampled.
"""

import io
from pathlib import Path

import jpeglib
import numpy
from PIL import Image

HERE = Path(__file__).parent
SIZE = (61, 45)
FILES = {
    "420": {"subsampling": 2, "quality": 88},
    "422": {"subsampling": 1, "quality": 70},
    "444": {"subsampling": 0, "quality": 92},
    "grey": {"quality": 85},
    # Long codes, and blocks without an end.
    "noise": {"subsampling": 2, "quality": 100, "optimize": True},
    "restarts": {"subsampling": 2, "quality": 80, "restart_marker_blocks": 3},
    "tagged": {"subsampling": 2, "quality": 80, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"},
}
OTHERS = {"progressive": {"progressive": True}, "cmyk": {}, "rgb": {"keep_rgb": True}}


def picture(name: str) -> Image.Image:
    dice = numpy.random.default_rng(len(name))
    x, y = numpy.meshgrid(numpy.arange(SIZE[0]), numpy.arange(SIZE[1]))
    waves = [120 + 90 * numpy.sin(x / 7 + c) * numpy.cos(y / (5 + c)) for c in range(3)]
    noise = dice.normal(0, 60 if name == "noise" else 9, (SIZE[1], SIZE[0], 3))
    pixels = (numpy.stack(waves, axis=2) + noise).clip(0, 255).astype(numpy.uint8)
    pixels[10:20, 25:40] = (255, 0, 30)
    return Image.fromarray(pixels)


def inverse(coefficients: numpy.ndarray, rows: int, columns: int) -> numpy.ndarray:
    """Blocks to pixels."""

    def basis(n: int) -> numpy.ndarray:
        pixel, frequency = numpy.arange(n)[:, None], numpy.arange(n)[None, :]
        norm = numpy.where(frequency == 0, 1, numpy.sqrt(2)) / numpy.sqrt(8)
        return norm * numpy.cos((2 * pixel + 1) * frequency * numpy.pi / (2 * n))

    low = coefficients[..., :rows, :columns]
    blocks = numpy.einsum("ik,abkl,jl->aibj", basis(rows), low, basis(columns))
    return blocks.reshape(blocks.shape[0] * rows, -1) + 128


def scaled(path: Path, denominator: int) -> bytes:
    read = jpeglib.read_dct(str(path))
    n = 8 // denominator
    size = [-(-side // denominator) for side in (SIZE[1], SIZE[0])]
    luma = read.Y.astype(float) * read.qt[read.quant_tbl_no[0]]
    planes = [inverse(luma, n, n)[: size[0], : size[1]]]
    if read.has_chrominance:
        most = read.samp_factor.max(axis=0)
        for chroma, factor, table in zip((read.Cb, read.Cr), read.samp_factor[1:], read.quant_tbl_no[1:]):
            dequantised = chroma.astype(float) * read.qt[table]
            planes.append(inverse(dequantised, *(n * most // factor))[: size[0], : size[1]])
    # As bytes, between the two steps too.
    planes = [numpy.floor(plane + 0.5).clip(0, 255) for plane in planes]
    if len(planes) == 1:
        return planes[0].astype(numpy.uint8).tobytes()
    y, cb, cr = planes[0], planes[1] - 128, planes[2] - 128
    rgb = numpy.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], axis=2)
    return numpy.floor(rgb + 0.5).clip(0, 255).astype(numpy.uint8).tobytes()


def main() -> None:
    for name, options in (FILES | OTHERS).items():
        file = io.BytesIO()
        mode = {"grey": "L", "cmyk": "CMYK"}.get(name, "RGB")
        picture(name).convert(mode).save(file, "JPEG", **options)
        path = HERE / f"{name}.jpg"
        path.write_bytes(file.getvalue())
        if name in FILES:
            for denominator in (2, 4, 8):
                (HERE / f"{name}-{denominator}.bin").write_bytes(scaled(path, denominator))


if __name__ == "__main__":
    main()
