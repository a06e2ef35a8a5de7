#!/usr/bin/env python3
"""Computes golden_placements.csv again, in another language.

Usage: check_placements.py golden_placements.csv

Needs nothing but Python's standard library, which has MD5; FNV-1a is four lines. So the
rows of xxh3 and xxh64 are counted, not checked. Written from docs/decisions/0003 alone, to
show that those rules are enough to place keys as the programs do.
"""

import csv
import hashlib
import math
import sys

MASK = (1 << 64) - 1


def finalise(bits):
    """fmix64 of MurmurHash3."""
    bits ^= bits >> 33
    bits = bits * 0xFF51AFD7ED558CCD & MASK
    bits ^= bits >> 33
    bits = bits * 0xC4CEB9FE1A85EC53 & MASK
    return bits ^ bits >> 33


def fnv1a(data, basis, prime, width):
    for byte in data:
        basis = (basis ^ byte) * prime % (1 << width)
    return basis


PLAIN = {
    "fnv1a32": lambda data: finalise(fnv1a(data, 0x811C9DC5, 0x01000193, 32)),
    "fnv1a64": lambda data: fnv1a(data, 0xCBF29CE484222325, 0x100000001B3, 64),
    "md5": lambda data: int.from_bytes(hashlib.md5(data).digest()[:8], "little"),
}


def hash_of(row, data):
    plain = PLAIN[row["hash"]](data)
    seed = int(row["seed"])
    return plain if seed == 0 else finalise(plain ^ finalise(seed))


def position(bits):
    return bits >> 16


def token(row, name, i):
    return position(finalise(hash_of(row, f"{name}#{i}".encode())))


def tokens_of(node, vnodes):
    """The name and the number of tokens of `name` or `name:weight`."""
    name, _, weight = node.partition(":")
    rounded = math.floor(float(weight or 1) * vnodes + 0.5)  # halves away from zero
    return name, max(1, rounded)


def ring_owner(row, key_position):
    members = (tokens_of(node, int(row["vnodes"])) for node in row["nodes"].split())
    points = sorted(
        (token(row, name, i), name) for name, tokens in members for i in range(tokens)
    )
    return next((name for at, name in points if at >= key_position), points[0][1])


def check(row):
    """An error message, or nothing."""
    key = int(row["key_hash"], 16)
    if row["key_hex"] and key != hash_of(row, bytes.fromhex(row["key_hex"])):
        return "key_hash"
    if row["placement"] == "token":
        place = position(finalise(key))
        owner = row["nodes"]
    elif row["placement"] == "modular":
        place = position(key)
        nodes = row["nodes"].split()
        owner = nodes[key % len(nodes)]
    else:
        place = position(key)
        owner = ring_owner(row, place)
    if place != int(row["position"], 16):
        return "position"
    if owner != row["owner"]:
        return f"owner: computed {owner}"
    return None


def main():
    agree = other = 0
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["hash"] not in PLAIN:
                other += 1
                continue
            wrong = check(row)
            if wrong:
                sys.exit(f"{sys.argv[1]}: row {row} is wrong in {wrong}")
            agree += 1
    print(f"{agree} rows agree, {other} of other hashes left out")


if __name__ == "__main__":
    main()
