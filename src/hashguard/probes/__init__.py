"""Which variants of an upload are looked up, each under a name a person understands."""

from hashguard.probes.make import MAX_SEPARABILITY, UNCOVERED, make_probes
from hashguard.probes.plan import ALL_WAYS, EITHER_SIDE, Probe, ProbePlan, Tried

__all__ = [
    "ALL_WAYS",
    "EITHER_SIDE",
    "MAX_SEPARABILITY",
    "UNCOVERED",
    "Probe",
    "ProbePlan",
    "Tried",
    "make_probes",
]
