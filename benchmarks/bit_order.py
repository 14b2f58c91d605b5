"""Whether real hashes spread better over the buckets if their bits are dealt in another order.

    python -m benchmarks.bit_order CORPUS [--real N]

An index of 16 tables files each code under its 16 pieces of 16 bits. A query of radius 31 looks
at all entries in the buckets within one bit of its pieces, its *suspects*; uniform codes would
give 272 / 65,536 of the list. Half of the photographs, drawn at random, may be learned from;
figures are about the others. Every hash of those is a query once, among the hashes of four
fifths of the photographs, its own not among them. Shown is the number of suspects in times of
what uniform codes give on average, with 95 % bootstrap intervals over the photographs asked
for, because the copies of one resemble each other; the list is taken as it is. Fair coins in
place of the bits show what chance alone does. Needs some hundreds of photographs.

Prints a Markdown table, writes out/bit_order.json. Justifies docs/adr/0006.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.codes import REAL, real_hashes
from benchmarks.common import SEED, pin_to_one_core, write_result
from benchmarks.tables import Page
from hashguard import Codes
from hashguard.index.weave import WOVEN

BITS = 256
WORD = 16  # bits of a piece
WORDS = BITS // WORD
BUCKETS = 2**WORD
REACH = np.array([0, *(1 << bit for bit in range(WORD))])  # flips of the buckets looked at
UNIFORM = WORDS * len(REACH) / BUCKETS  # share of a uniform list
PARTS = 5  # of the photographs, each in turn the queries
RANDOM_ORDERS = 20
RESAMPLES = 200

AS_THEY_COME = "as they come"
GREEDY = "greedy, learned"
COINS = "(fair coins for bits)"

Bits = NDArray[np.uint8]
Order = NDArray[np.intp]
"""(256,): which bit, the most significant being 0, is put at each place."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Hashes of photographs that nothing was learned from.

    bits: (n, 256). photographs: (n,), which one each shows, from 0. parts: (n,), 0 to 4, the same
    for all hashes of a photograph.
    """

    name: str
    bits: Bits
    photographs: NDArray[np.intp]
    parts: NDArray[np.intp]

    @classmethod
    def of(cls, name: str, bits: Bits, photographs: NDArray[np.int32]) -> Sample:
        """A sample with its photographs numbered anew and dealt to parts."""
        names, numbers = np.unique(photographs, return_inverse=True)
        parts = np.random.default_rng(SEED).permutation(len(names)) % PARTS
        return cls(name, bits, numbers, parts[numbers])

    def with_coins(self) -> Sample:
        """As many fair coins in the same parts: what chance alone does to the figures."""
        coins = np.random.default_rng(SEED).integers(0, 2, self.bits.shape, dtype=np.uint8)
        return Sample(self.name, coins, self.photographs, self.parts)


def strided(chunks: int) -> Order:
    """Bit i goes to chunk i % chunks."""
    return np.argsort(np.arange(BITS) % chunks, kind="stable")


def likenesses(bits: Bits) -> NDArray[np.float32]:
    """(256, 256): squared correlation of each two bits."""
    signs = bits.astype(np.float32) * 2 - 1
    return np.square(signs.T @ signs / len(signs))


def likeness_within(bits: Bits) -> dict[str, float]:
    """Of the squared correlations of all pairs of bits, the share within a row and a column."""
    likeness = likenesses(bits)
    np.fill_diagonal(likeness, 0)
    square = likeness.reshape(WORDS, WORD, WORDS, WORD)
    return {
        "a row": float(np.einsum("icid->", square) / likeness.sum()),
        "a column": float(np.einsum("icjc->", square) / likeness.sum()),
    }


def greedy(bits: Bits) -> Order:
    """Each bit, the most correlated first, joins the piece to whose bits it is least correlated."""
    likeness = likenesses(bits)
    pieces: list[list[int]] = [[] for _ in range(WORDS)]
    for bit in np.argsort(-likeness.sum(axis=1)):
        open_pieces = [piece for piece in pieces if len(piece) < WORD]
        min(open_pieces, key=lambda p: float(likeness[bit, p].sum())).append(int(bit))
    return np.concatenate(pieces).astype(np.intp)


def suspects(sample: Sample, order: Order) -> NDArray[np.float64]:
    """(n,): the suspects of each hash, in times of what a uniform list of that length gives."""
    dealt = np.ascontiguousarray(sample.bits.take(order, axis=1))
    pieces = np.packbits(dealt, axis=1).view(np.uint16)
    found = np.zeros(len(pieces))
    for part in range(PARTS):
        asked = sample.parts == part
        listed = pieces[~asked]
        for word in range(WORDS):
            sizes = np.bincount(listed[:, word], minlength=BUCKETS)
            near = sum(sizes[np.arange(BUCKETS) ^ flips] for flips in REACH)
            found[asked] += near[pieces[asked, word]]
        found[asked] /= len(listed) * UNIFORM
    return found


def summary(
    found: NDArray[np.float64], baseline: NDArray[np.float64], photographs: NDArray[np.intp]
) -> dict[str, Any]:
    """Figures of `found`, (orders, n), all orders together, with intervals.

    baseline: (n,), the suspects of the same queries with the bits as they come.
    """
    values = found.ravel()
    ranked = np.argsort(values)
    owner = np.tile(photographs, len(found))[ranked]
    ascending = values[ranked]
    means = np.bincount(photographs, found.mean(axis=0))
    bases = np.bincount(photographs, baseline)
    counts = np.bincount(photographs)

    def figures(weights: NDArray[np.intp]) -> tuple[float, float, float]:
        total = weights @ means
        weighed = np.cumsum(weights[owner])
        rank = int(np.searchsorted(weighed, 0.99 * weighed[-1]))
        return (
            float(total / (weights @ counts)),
            float(ascending[rank]),
            float(total / (weights @ bases)),
        )

    size = len(counts)
    rng = np.random.default_rng(SEED)
    resampled = [
        figures(np.bincount(rng.integers(0, size, size), minlength=size)) for _ in range(RESAMPLES)
    ]
    intervals = np.quantile(resampled, (0.025, 0.975), axis=0).T.tolist()
    points = figures(np.ones(size, np.intp))
    names = ("mean", "high", "against")
    return {
        **{
            name: [point, *interval]
            for name, point, interval in zip(names, points, intervals, strict=True)
        },
        "most": float(ascending[-1]),
        "means": found.mean(axis=1).tolist(),
    }


def measure(sample: Sample, orders: dict[str, list[Order]]) -> list[dict[str, Any]]:
    """One record for each kind of order, and one for coins."""
    baseline = suspects(sample, orders[AS_THEY_COME][0])
    known = {"sample": sample.name, "queries": len(baseline)}
    records = []
    for name, some in orders.items():
        found = np.stack([suspects(sample, order) for order in some])
        records.append({**known, "order": name, **summary(found, baseline, sample.photographs)})
    coins = suspects(sample.with_coins(), orders[AS_THEY_COME][0])[None]
    records.append({**known, "order": COINS, **summary(coins, baseline, sample.photographs)})
    return records


def orders_from(training: Bits) -> dict[str, list[Order]]:
    """Every kind of order; only the greedy one looks at the hashes."""
    rng = np.random.default_rng(SEED)
    return {
        AS_THEY_COME: [np.arange(BITS)],
        "bit i to chunk i mod 8": [strided(8)],
        "bit i to word i mod 16": [strided(16)],
        f"random, {RANDOM_ORDERS} of them": [rng.permutation(BITS) for _ in range(RANDOM_ORDERS)],
        GREEDY: [greedy(training)],
        "woven": [np.array(WOVEN)],
    }


def samples(codes: Codes, photographs: NDArray[np.int32]) -> tuple[Bits, list[Sample]]:
    """The bits to learn from; and of the other photographs all hashes, and one of each."""
    bits = np.unpackbits(codes, axis=1)
    names, first = np.unique(photographs, return_index=True)
    rng = np.random.default_rng(SEED)
    learned = rng.permutation(names)[: len(names) // 2]
    training = np.isin(photographs, learned)
    whole = first[~training[first]]
    return bits[training], [
        Sample.of("copies", bits[~training], photographs[~training]),
        Sample.of("whole pictures", bits[whole], photographs[whole]),
    ]


def report(records: list[dict[str, Any]]) -> str:
    """A Markdown table for each sample."""
    page = Page()
    heads = (
        "bits are dealt",
        "mean",
        "99 % of queries below",
        "most",
        "mean, against as they come",
    )
    for sample in dict.fromkeys(r["sample"] for r in records):
        some = [r for r in records if r["sample"] == sample]
        page.say(f"Suspects, in times of uniform codes; {sample}, n = {some[0]['queries']:,}:")
        rows = []
        for r in some:
            spans = ["{:.3f} ({:.3f} to {:.3f})".format(*r[k]) for k in ("mean", "high", "against")]
            rows.append((r["order"], *spans[:2], f"{r['most']:.2f}", spans[2]))
        page.table(heads, rows)
        means = next(r["means"] for r in some if len(r["means"]) > 1)
        page.say(f"Means of the random orders: {min(means):.3f} to {max(means):.3f}.")
    return "\n".join(page.lines)


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--real", type=int, default=REAL)
    options = parser.parse_args()
    pin_to_one_core()
    hashes = real_hashes(options.corpus, real=options.real)
    training, tested = samples(hashes.codes, hashes.photographs)
    orders = orders_from(training)
    records = [record for sample in tested for record in measure(sample, orders)]
    within = likeness_within(training)
    known = {"photographs": len(hashes.whole()), "hashes": len(hashes.codes), "within": within}
    write_result("bit_order", {**known, "trained_on": len(training), "records": records})
    print(report(records))
    shares = ", ".join(f"{share:.0%} within {name}" for name, share in within.items())
    print(f"\nOf the squared correlations of two bits, {shares}; {15 / 255:.0%} of all pairs are.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
