"""A run and its scores made by code: as large as a real one, the same every time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hashguard.robustness import results, score, scores
from hashguard.robustness.results import (
    PHOTO,
    STRANGER,
    AttackRecord,
    LeftOut,
    Picture,
    Run,
    SystemRecord,
    Unreadable,
)
from hashguard.robustness.scores import (
    FalseMatches,
    Histogram,
    Overall,
    Pair,
    Rate,
    Scores,
    SettingScore,
    SystemScore,
    Tail,
    Threshold,
)

EQUAL_RATE = 1e-6
FAMILIES: dict[str, Sequence[str]] = {
    "compression": ("saved as JPEG", "saved as WebP", "saved as AVIF", "sent by messenger"),
    "scaling": ("enlarged", "shrunk", "squashed to a square", "stretched"),
    "detail": ("blurred", "sharpened", "noise", "pixelated", "posterised", "halftone"),
    "light and colour": (
        "brighter",
        "darker",
        "more contrast",
        "less contrast",
        "gamma",
        "saturated",
        "hue turned",
        "colour filter",
        "vignette",
        "grey",
        "inverted",
    ),
    "geometry": ("mirrored", "upside down", "turned", "tilted", "tilted and cropped", "skewed"),
    "cropping": (
        "cropped, all sides",
        "cropped, one side",
        "cropped, at random",
        "cropped to a shape",
    ),
    "frames": ("black border", "white border", "blurred border", "letterbox", "vignette border"),
    "things on it": (
        "text bar",
        "caption",
        "sticker",
        "emoji",
        "watermark grid",
        "censor bar",
        "blurred patch",
        "pixelated patch",
    ),
    "scenes": (
        "phone screenshot, light",
        "phone screenshot, dark",
        "picture in picture",
        "collage",
        "meme",
        "photo of a screen",
    ),
    "file formats": ("GIF", "palette PNG", "CMYK JPEG", "16-bit PNG", "animated, last frame"),
    "compositions": ("cropped and captioned", "mirrored and blurred"),
}
HARDNESS = dict(zip(FAMILIES, (-1, 0, 0, 1, 5, 6, 5, 3, 7, -3, 6), strict=True))
WAYS = ("grey", "palette PNG", "cropped to a shape", "GIF", "turned", "collage")
NAMES = (
    "pdq-strict",
    "pdq-strict-oriented",
    "pdqhash and Pillow",
    "imagehash phash",
    "imagehash phash 256",
    "imagehash dhash",
    "imagehash whash",
    "onnx: small-embedding",
)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a sample is; `strangers` 0 for none."""

    attacks: int = 61
    strengths: int = 5
    systems: int = 8
    photos: int = 300
    strangers: int = 4000


SMALL = Size(attacks=6, strengths=3, systems=3, photos=40, strangers=100)


def wilson(count: int, n: int) -> Rate:
    """A share with its 95 % Wilson interval."""
    if not n:
        return Rate(count=0, n=0, low=0.0, high=1.0)
    z, share = 1.959964, count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Rate(count=count, n=n, low=max(middle - half, 0.0), high=min(middle + half, 1.0))


def sample(size: Size | None = None) -> tuple[Run, Scores]:
    """A run and the scores of it."""
    size = size or Size()
    rng = np.random.default_rng(4)
    run = sample_run(size)
    systems = tuple(_system(record, number, run, rng) for number, record in enumerate(run.systems))
    return run, Scores(
        schema=scores.SCHEMA, run=score._key(run), list_size=1_000_000, same=(), systems=systems
    )


def write(folder: Path, run: Run, scored: Scores) -> Path:
    """Put both where the stage `report` reads them."""
    folder.mkdir(exist_ok=True)
    results.write_run(folder, run)
    scores.write_scores(folder, scored)
    return folder


def sample_run(size: Size) -> Run:
    """What was measured."""
    names = [(family, name) for family, group in FAMILIES.items() for name in group]
    # Evenly over the families.
    chosen = [names[one * len(names) // size.attacks] for one in range(size.attacks)]
    attacks = tuple(_attack(family, name, size.strengths) for family, name in chosen)
    pictures = [_picture(number, PHOTO) for number in range(size.photos)]
    pictures += [_picture(number, STRANGER) for number in range(size.strangers)]
    return Run(
        schema=results.SCHEMA,
        digest="ab" * 32,
        seed=1,
        max_side=1024,
        photos="/nowhere/photos",
        distractors="/nowhere/others" if size.strangers else "",
        began="2026-03-01T12:00:00",
        machine="Linux x86_64, 2 cores",
        versions={"hashguard": "0.1.0", "numpy": "2.4.6", "pillow": "13.0.0"},
        systems=tuple(_record(number) for number in range(size.systems)),
        left_out=(LeftOut(name="opencv block mean", reason="opencv is not installed"),),
        attacks=attacks,
        pictures=tuple(pictures),
        unreadable=(Unreadable(name="cut.jpg", role=PHOTO, reason="it ends too early"),),
    )


def _attack(family: str, name: str, strengths: int) -> AttackRecord:
    values = tuple(float(2**one) for one in range(strengths))
    labels = tuple(f"way {chr(97 + one)}" for one in range(strengths)) if name in WAYS else ()
    return AttackRecord(
        name=name,
        family=family,
        about=f"The picture, {name}, in one sentence that says what is done to it.",
        unit="" if labels else "% a side",
        strengths=values,
        typical=values[len(values) // 2],
        labels=labels,
    )


def _picture(number: int, role: str) -> Picture:
    return Picture(
        name=f"{role}s/{number:04d}.jpg", digest=f"{number:064x}", role=role, width=640, height=480
    )


def _record(number: int) -> SystemRecord:
    cosine = NAMES[number].startswith("onnx")
    return SystemRecord(
        name=NAMES[number],
        about=f"System {number}: what it is made of, version 1.{number}.",
        metric="cosine" if cosine else "bits",
        width=128 if cosine else 32,
        max_distances=(0.15, 0.3) if cosine else (31.0, 47.0),
        source="recommended by its authors",
    )


def _system(record: SystemRecord, number: int, run: Run, rng: np.random.Generator) -> SystemScore:
    first, second = record.max_distances
    thresholds = (
        _fixed(first, record),
        _fixed(second, record),
        Threshold(
            name="at 1 false match in 1,000,000 pairs",
            max_distance=38.0 if first > 1 else 0.187,
            false_rate=EQUAL_RATE,
        ),
    )
    photos, strangers = (len(run.of_role(role)) for role in (PHOTO, STRANGER))
    settings = tuple(
        _setting(attack, strength, number, photos, rng) for attack, strength in run.settings
    )
    pairs = photos * strangers + photos * (photos - 1)
    last = 2.0 if record.metric == "cosine" else 256.0
    return SystemScore(
        name=record.name,
        thresholds=thresholds,
        references=wilson(photos, photos),
        unchanged=wilson(photos, photos),
        settings=settings,
        overall=_overall(number, photos * len(run.settings), pairs),
        false_matches=tuple(
            _false(one, place, strangers, pairs) for place, one in enumerate(thresholds)
        ),
        tail=_tail(last),
        copies=_histogram(last, 0.1, 0.09, photos * len(run.settings), rng),
        unrelated=_histogram(last, 0.5, 0.045, pairs, rng),
        attacked=_histogram(last, 0.48, 0.06, pairs * 10, rng),
        missed=_missed(run, last),
        closest=_closest(run, last),
        claims_checked=photos * len(run.settings),
        claims_wrong=0,
    )


def _fixed(distance: float, record: SystemRecord) -> Threshold:
    name = f"at {distance:g} bits" if record.metric == "bits" else f"at cosine {distance:g}"
    return Threshold(name=name, max_distance=distance, false_rate=None)


def _setting(
    attack: AttackRecord, strength: float, number: int, photos: int, rng: np.random.Generator
) -> SettingScore:
    place = attack.strengths.index(strength)
    hardness = HARDNESS[attack.family] + sum(attack.name.encode()) % 7 / 3
    if attack.name in ("mirrored", "upside down", "turned"):
        hardness += -9 if "oriented" in NAMES[number] else 9
    chance = 1 / (1 + math.exp(1.1 * place + hardness + abs(number - 1) * 0.5 - 6))
    counts = [int(rng.binomial(photos, min(chance * more, 1.0))) for more in (1.0, 1.2, 1.1)]
    refused = photos - max(counts) if attack.name == "saved as AVIF" else 0
    return SettingScore(
        attack=attack.name,
        strength=strength,
        recall=tuple(wilson(count, photos) for count in counts),
        reasons={"undecodable": refused} if refused else {},
        quartiles=(4.0, 10.0 * (1 + place), None if refused else 90.0),
    )


def _overall(number: int, copies: int, pairs: int) -> Overall:
    steps = [0.0, *(10 ** (-7 + step / 4) for step in range(29))]
    return Overall(
        area=0.9 + number / 100,
        equal_error=0.08 - number / 200,
        average_precision=0.7 + number / 50,
        recall_at_precision=0.65 + number / 50,
        copies=copies,
        unrelated=pairs,
        roc=tuple(
            (rate, min(0.55 + 0.05 * number + 0.012 * at, 1)) for at, rate in enumerate(steps)
        ),
    )


def _false(threshold: Threshold, place: int, strangers: int, pairs: int) -> FalseMatches:
    return FalseMatches(
        threshold=threshold.name,
        max_distance=threshold.max_distance or 0.0,
        uploads=wilson(min(place, strangers), strangers),
        pairs=wilson(min(place, pairs), pairs),
        per_million=(0.00042, 3.7, 1_234_567.0)[place],
        per_million_low=(0.00001, 0.41, 800_000.0)[place],
        per_million_high=(0.019, 31.5, 1_900_000.0)[place],
        extrapolated=place == 0,
    )


def _tail(last: float) -> Tail:
    near, far = 0.1 * last, 0.36 * last
    slope, at_far = 7 / (far - near), -2.6
    line = [(near + (far - near) * one / 8) for one in range(9)]
    values = [at_far + slope * (one - far) for one in line]
    band = tuple(
        (one, 10 ** (value - 0.3 - 0.2 * (8 - at)), 10 ** min(value + 0.3 + 0.2 * (8 - at), 0))
        for at, (one, value) in enumerate(zip(line, values, strict=True))
    )
    return Tail(
        intercept=at_far - slope * far, slope=slope, nearest=0.3 * last, farthest=far, band=band
    )


def _histogram(
    last: float, middle: float, spread: float, pairs: int, rng: np.random.Generator
) -> Histogram:
    edges = np.linspace(0, last, 65)
    drawn = np.abs(rng.normal(middle * last, spread * last, size=20_000))
    shares = np.histogram(drawn, edges)[0] / 20_000
    return Histogram(
        edges=tuple(edges.tolist()), counts=tuple(np.rint(shares * pairs).astype(int).tolist())
    )


def _missed(run: Run, last: float) -> tuple[Pair, ...]:
    photos = run.of_role(PHOTO)
    return tuple(
        Pair(
            query=photo.name,
            query_role=PHOTO,
            attack=attack.name,
            strength=attack.typical,
            reference=photo.name,
            reference_role=PHOTO,
            distance=None if attack.name == "saved as AVIF" else round(last * (0.6 - at / 100), 3),
            reason="undecodable" if attack.name == "saved as AVIF" else "",
        )
        for at, (photo, attack) in enumerate(zip(photos, run.attacks[:6], strict=False))
    )


def _closest(run: Run, last: float) -> tuple[Pair, ...]:
    others = run.of_role(STRANGER) or run.of_role(PHOTO)[1:]
    return tuple(
        Pair(
            query=other.name,
            query_role=other.role,
            attack="",
            strength=0.0,
            reference=photo.name,
            reference_role=PHOTO,
            distance=round(last * (0.3 + at / 100), 3),
            reason="",
        )
        for at, (other, photo) in enumerate(zip(others[:6], run.of_role(PHOTO), strict=False))
    )


def nothing_apart(scored: Scores) -> Scores:
    """The same without what strangers tell: no tail, no false matches, no rate that is kept."""
    return replace(scored, systems=tuple(_nothing_apart(one) for one in scored.systems))


def _nothing_apart(one: SystemScore) -> SystemScore:
    thresholds = tuple(
        replace(threshold, max_distance=None) if threshold.false_rate else threshold
        for threshold in one.thresholds
    )
    empty = replace(one.unrelated, counts=(0,) * len(one.unrelated.counts))
    return replace(
        one,
        thresholds=thresholds,
        false_matches=(),
        tail=None,
        unrelated=empty,
        attacked=empty,
        closest=(),
        overall=replace(one.overall, unrelated=0, roc=()),
    )
