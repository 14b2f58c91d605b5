"""Systems by name, as the command line and the processes that measure ask for them.

A library is imported when a system that uses it is made, not before.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version

from hashguard.errors import MissingExtraError, UnknownSystemError
from hashguard.robustness.results import LeftOut
from hashguard.robustness.system import System
from hashguard.robustness.systems import imagehash, onnx, opencv, ours, pdqhash

DEFAULT: tuple[str, ...] = (
    "pdq-strict",
    "pdq-oriented",
    "pdq-wide",
    "pdqhash",
    "phash",
    "phash256",
    "dhash",
    "average",
    "block-mean",
)
"""What is measured unless systems are named; 300 photographs take two cores some 40 minutes.

Left out: what takes 7 ms a picture and more (whash, colorhash, marr-hildreth; crop-resistant takes
140) and what is much like one of these.
"""

KNOWN: tuple[str, ...] = (*ours.POLICIES, "pdqhash", *imagehash.KINDS, *opencv.KINDS)
"""All names; besides them `onnx:PATH` for an embedding model, `python:MODULE:CLASS` for a class."""

_ONNX, _PYTHON = "onnx:", "python:"
_ALWAYS = ("hashguard", "numpy", "pillow")  # they decode, attack and compare in every run


def make(name: str) -> System:
    """The system of a name.

    Raises UnknownSystemError, MissingExtraError, which says what to install, and for a model
    that cannot be used ModelError. A model or class that is named is trusted: it is run.
    """
    if name in ours.POLICIES:
        return ours.PolicySystem(ours.POLICIES[name])
    if name == "pdqhash":
        return pdqhash.PdqhashSystem()
    if name in imagehash.KINDS:
        return imagehash.ImagehashSystem(imagehash.KINDS[name])
    if name in opencv.KINDS:
        return opencv.OpencvSystem(opencv.KINDS[name])
    if name.startswith(_ONNX) and len(name) > len(_ONNX):
        return onnx.OnnxSystem(name.removeprefix(_ONNX))
    if name.startswith(_PYTHON):
        return _from_class(name)
    raise UnknownSystemError(
        f"there is no system {name!r}; there are {', '.join(KNOWN)}, onnx:PATH for an embedding "
        "model, and python:MODULE:CLASS for a class of yours"
    )


def _from_class(name: str) -> System:
    module, _, attribute = name.removeprefix(_PYTHON).partition(":")
    try:
        made: System = getattr(import_module(module), attribute)()
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise UnknownSystemError(
            f"{name!r} is no class that can be made without arguments ({type(error).__name__}); "
            "write python:MODULE:CLASS, the module in a folder Python looks in"
        ) from error
    verbs = ("hash_reference", "hash_query", "compare")
    facts = ("name", "about", "metric", "width", "max_distances", "source")
    for one in (*verbs, *facts):
        if not hasattr(made, one):
            raise UnknownSystemError(f"{name!r} is no system: it has no {one}")
    return made


def default_names() -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
    """The default systems that can be measured here, and those that cannot, with the reason."""
    names = []
    left_out = []
    for name in DEFAULT:
        try:
            make(name)
        except MissingExtraError as error:
            left_out.append(LeftOut(name=name, reason=str(error)))
        else:
            names.append(name)
    return tuple(names), tuple(left_out)


def versions(systems: Iterable[System]) -> dict[str, str]:
    """Versions of Python, of hashguard, and of every library these systems use, by name.

    What a system uses is in its attribute `libraries`, if it has one.
    """
    used = {name for system in systems for name in getattr(system, "libraries", ())}
    found = {name: _version(name) for name in sorted({*_ALWAYS, *used})}
    return {"python": platform.python_version(), **found}


def _version(library: str) -> str:
    return opencv.library_version() if library == opencv.LIBRARY else version(library)
