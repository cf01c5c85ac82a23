"""The fingerprint of the tests' network, by the list in ../fingerprint.rs and the library xxhash (pip install xxhash)."""

import struct

import xxhash


def numbers(*values: int) -> bytes:
    return b"".join(struct.pack("<Q", value) for value in values)


def tensor(name: str, *shape: int) -> bytes:
    return numbers(len(name)) + name.encode() + numbers(len(shape), *shape)


def norm(first: int, epsilon: float) -> bytes:
    return numbers(1, first, first + 1, first + 2, first + 3) + struct.pack("<d", epsilon)


VECTORS = ("weight", "bias", "running_mean", "running_var")
CONV = 4 * (32 * 27 + 32)
DEPTHWISE = 4 * (32 * 15 + 32)
LINEAR = 4 * (16 * 20 + 16)

values = numbers(0)
values += numbers(13)
values += tensor("features.0.0.weight", 20, 3, 3, 3) + tensor("features.0.0.bias", 20)
values += b"".join(tensor(f"features.0.1.{vector}", 20) for vector in VECTORS)
values += tensor("features.1.0.weight", 20, 1, 5, 3)
values += b"".join(tensor(f"features.1.1.{vector}", 20) for vector in VECTORS)
values += tensor("classifier.weight", 7, 20) + tensor("classifier.bias", 7)
values += numbers(3)
values += numbers(0, 3, 3, 3, 20) + numbers(0) + numbers(0) + numbers(1, 1) + norm(2, 1e-3) + numbers(0, 0)
values += numbers(1, 5, 3, 20) + numbers(0) + numbers(6) + numbers(0) + norm(7, 1e-5) + numbers(0, CONV)
values += numbers(0, 1, 1, 20, 7) + numbers(0) + numbers(11) + numbers(1, 12) + numbers(0) + numbers(0, CONV + DEPTHWISE)
values += numbers(CONV + DEPTHWISE + LINEAR)
print(hex(xxhash.xxh64(values, seed=0).intdigest()))
