"""hashguard itself, one system for each match policy.

What is measured is what `Matcher` does with the policy: every frame it looks up, every probe that
the policy trusts. Left out is its exact match of an upload it does not trust with an equal hash,
so that such an upload counts as a miss here even of an unchanged copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from hashguard.hashers import hasher_for
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Algorithm, hamming
from hashguard.policies import PDQ_STRICT, PDQ_STRICT_ORIENTED, PDQ_WIDE, MatchPolicy
from hashguard.probes import make_probes
from hashguard.robustness.system import Metric, Reason, RefusedError, Rows
from hashguard.robustness.systems.shared import first_frame, opened

POLICIES = {
    "pdq-strict": PDQ_STRICT,
    "pdq-oriented": PDQ_STRICT_ORIENTED,
    "pdq-wide": PDQ_WIDE,
}
"""The policies that can be named on the command line."""

_ALSO = (31, 47, 63)  # bits; the distances of the presets, and one beyond what is recommended


class PolicySystem:
    """hashguard under a policy of PDQ."""

    metric = Metric.HAMMING
    width = Algorithm.PDQ.code_bytes
    libraries = ("pillow",)

    def __init__(self, policy: MatchPolicy) -> None:
        """Raises ValueError for a policy of another algorithm."""
        if policy.algorithm is not Algorithm.PDQ:
            raise ValueError(f"only policies of PDQ are measured, not {policy.algorithm.value}")
        self._policy = policy
        self._hasher = hasher_for(policy.algorithm)
        self.name = f"hashguard {policy.name}"
        self.about = (
            f"hashguard {version('hashguard')} under its policy {policy.name}: pictures are "
            "decoded as people see them, of an animation up to 32 frames; "
            f"PDQ hashes looked up for each frame: {policy.probe_count}, "
            f"if of quality {policy.min_quality} or more"
        )
        self.max_distances: tuple[float, ...] = tuple(
            dict.fromkeys((policy.max_distance, *_ALSO)),
        )
        self.source = (
            f"{policy.max_distance} bits is the policy's ({policy.source}); "
            "31 and 47 are those of the presets, 63 was chosen here to show what lies beyond"
        )

    def hash_reference(self, data: bytes) -> Rows:
        """(1, 32): plain PDQ of the first frame, whatever its quality, as lists are built."""
        return hash_pixels(first_frame(data)).hash.code[np.newaxis]

    def hash_query(self, data: bytes) -> Rows:
        """(k, 32): the different hashes of all probes that the policy trusts, in their order."""
        upload = opened(data)
        trusted = [
            probe.hashed.hash.packed
            for pixels in upload.frames
            for probe in make_probes(pixels, self._policy.probes, self._hasher)
            if self._policy.doubt(probe.hashed) is None
        ]
        if not trusted:
            raise RefusedError(Reason.UNDECODABLE if upload.failed else Reason.LOW_QUALITY)
        # A picture under 512 pixels has the same hash in both samplings.
        distinct = b"".join(dict.fromkeys(trusted))
        return np.frombuffer(distinct, dtype=np.uint8).reshape(-1, self.width)

    def compare(self, query: Rows, references: Sequence[Rows]) -> NDArray[np.float64]:
        """(references,) bits between the nearest two hashes, as `hashguard.hashes` counts them."""
        listed = np.concatenate([*references, np.empty((0, self.width), np.uint8)])
        each = hamming(query[:, np.newaxis], listed).min(axis=0)
        ends = np.cumsum([len(rows) for rows in references], dtype=np.int64)
        starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        nearest = np.minimum.reduceat(each, starts) if len(references) else each
        return nearest.astype(np.float64)
