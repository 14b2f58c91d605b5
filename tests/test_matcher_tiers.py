"""Policies with a budget: what they find, where, how sure it is, and what they leave alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from hashguard import Algorithm, Entry, Hash, Hashed, HashList, Matcher, Outcome, policies
from hashguard.budget import Budget, Grade, expected
from hashguard.detection import find_pictures
from hashguard.errors import AlgorithmMismatchError
from hashguard.flood import FloodGuard, FloodRule
from hashguard.framing import WHOLE
from hashguard.hashers.pdq import PdqHasher, hash_pixels
from hashguard.hashes import CLEAR, Pixels, weighed
from hashguard.lookup import Lookup
from hashguard.policies import EQUAL
from hashguard.probes import UNCOVERED, Probe, ProbePlan, Tried, make_probes
from hashguard.references import Listed
from hashguard.robustness.attacks import canvas, page
from hashguard.robustness.attacks.covering import with_stickers
from hashguard.robustness.attacks.crop import cropped_evenly
from hashguard.robustness.attacks.drawing import WHITE
from hashguard.robustness.attacks.frame import framed
from hashguard.robustness.attacks.geometry import tilted
from hashguard.robustness.attacks.overlay import caption_over
from hashguard.robustness.verdicts.listing import list_of
from tests.test_matcher import encode, moved

CLARITIES = [min(rank, CLEAR) for rank in range(256)]
ALL_CLARITY = sum(CLARITIES)
TIERS = (policies.PDQ_INLINE, policies.PDQ_STANDARD, policies.PDQ_DEEP)


def listing(photographs: Mapping[str, Pixels]) -> HashList:
    """All photographs with their quality."""
    entries = []
    for name, pixels in photographs.items():
        hashed = hash_pixels(pixels)
        entries.append(Entry(id=name, hash=hashed.hash, quality=hashed.quality))
    return HashList.from_entries(entries, algorithm=Algorithm.PDQ, origin="tests")


@pytest.fixture(scope="module")
def hash_list(photographs: Mapping[str, Pixels]) -> HashList:
    return listing(photographs)


@pytest.fixture(scope="module")
def standard(hash_list: HashList) -> Matcher:
    return Matcher(hash_list, policy=policies.PDQ_STANDARD)


@pytest.fixture(scope="module")
def deep(hash_list: HashList) -> Matcher:
    return Matcher(hash_list, policy=policies.PDQ_DEEP)


def jpeg(image: Image.Image) -> bytes:
    return canvas.jpeg(image)


@pytest.mark.parametrize("policy", TIERS, ids=lambda one: one.name)
@pytest.mark.parametrize("name", ["cat.png", "dandelions.jpg", "rocket.jpg"])
def test_a_saved_or_mirrored_copy_is_certain(hash_list, photographs, policy, name):
    """In every tier, and nothing else matches."""
    matcher = Matcher(hash_list, policy=policy)
    for pixels in (photographs[name], photographs[name][:, ::-1]):
        verdict = matcher.check(encode(pixels, "JPEG", quality=70))
        assert [match.entry.id for match in verdict.matches] == [name]
        match = verdict.matches[0]
        assert match.grade is Grade.CERTAIN
        assert match.expected is not None
        assert match.expected.upper <= Grade.CERTAIN.per_million


@pytest.mark.parametrize("percent", [5, 10, 20])
def test_a_framed_copy_is_found_where_it_lies(standard, photographs, percent):
    """With a white border, whose width the verdict says."""
    image = canvas.image_of(photographs["coffee.png"])
    scene = framed(image, (percent, percent), WHITE)
    verdict = standard.check(jpeg(scene.image))
    (match,) = verdict.matches
    assert match.entry.id == "coffee.png"
    left, top, right, bottom = scene.box
    width, height = scene.image.size
    wanted = (left / width, top / height, right / width, bottom / height)
    framing = match.framing
    found = (framing.left, framing.top, framing.right, framing.bottom)
    assert found == pytest.approx(wanted, abs=0.005)
    assert "border" in match.probe


def test_the_panels_of_a_collage_are_found_each(standard, photographs):
    """Two listed pictures in one upload are two matches."""
    names = ("astronaut.png", "coffee.png")
    panels = [Image.fromarray(photographs[name]).resize((400, 400)) for name in names]
    sheet = Image.new("RGB", (830, 420), "white")
    for number, panel in enumerate(panels):
        sheet.paste(panel, (10 + 410 * number, 10))
    verdict = standard.check(jpeg(sheet))
    assert {match.entry.id for match in verdict.matches} == set(names)


def test_a_picture_in_a_page_is_found(standard, photographs):
    """A picture in a picture, half as wide."""
    image = canvas.image_of(photographs["astronaut.png"])
    (attack,) = (one for one in page.ATTACKS if one.name == "picture in a picture")
    upload = attack.change(np.asarray(image), 50, np.random.default_rng(1))
    assert [match.entry.id for match in standard.check(upload).matches] == ["astronaut.png"]


def test_one_pattern_in_the_light_of_another_is_not_looked_up(photographs):
    """A curtain, waves, the lines of a drawing: their hashes are alike, whatever they are of."""
    rng = np.random.default_rng(4)
    across, down = (np.repeat(rng.uniform(0.3, 1, 15), 20) for _ in range(2))
    sheet = Image.new("RGB", (900, 500), (240, 240, 240))
    sheet.paste(Image.fromarray((np.outer(down, across) * 200).astype(np.uint8)), (60, 90))
    sheet.paste(Image.fromarray(photographs["astronaut.png"]).resize((300, 300)), (500, 90))
    pixels = np.asarray(sheet)
    found = {one.framing for one in find_pictures(pixels)}
    probes = make_probes(pixels, policies.PDQ_STANDARD.probes, PdqHasher())
    left_out = found - {one.framing for one in probes}
    assert left_out
    assert all(framing.right < 0.5 for framing in left_out)


def test_what_stickers_and_captions_cover_is_filled_in(standard, photographs):
    """Found by the probe that fills it in; ordinary uploads have no such probe."""
    rng = np.random.default_rng(2)
    image = canvas.image_of(photographs["dandelions.jpg"]).resize((800, 450))
    for covered in (with_stickers(image, 15, rng), caption_over(image, 20, rng)):
        upload = jpeg(turned := covered.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
        (match,) = standard.check(upload).matches
        assert match.entry.id == "dandelions.jpg"
        assert match.probe == f"{UNCOVERED}, mirrored"
        assert match.framing == WHOLE
        # Without it the same picture is farther away than anything that matches surely.
        whole = hash_pixels(np.asarray(turned.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
        assert whole.hash.distance(match.entry.hash) > match.distance + 10
    plain = make_probes(photographs["cat.png"], policies.PDQ_STANDARD.probes, PdqHasher())
    assert not any(probe.name.startswith(UNCOVERED) for probe in plain)


def test_a_crop_is_found_under_stickers(deep, photographs):
    """There are croppings of the upload without what covers it."""
    rng = np.random.default_rng(3)
    image = canvas.image_of(photographs["astronaut.png"])
    upload = jpeg(with_stickers(cropped_evenly(image, 4), 12, rng))
    (match,) = deep.check(upload).matches
    assert match.entry.id == "astronaut.png"
    assert match.probe.startswith(f"{UNCOVERED}, cropped about ")


def test_a_crop_is_found_though_a_part_of_it_seems_to_cover_it(photographs):
    """A window that is white is filled in, and what is left is no better a cropping."""
    image = canvas.image_of(photographs["brushes.jpg"]).resize((900, 600))
    ImageDraw.Draw(image).rectangle((320, 120, 560, 470), fill="white")
    matcher = Matcher(listing({"window": np.asarray(image)}), policy=policies.PDQ_DEEP)
    cropped = cropped_evenly(image, 5)
    probes = make_probes(np.asarray(cropped), policies.PDQ_DEEP.probes, PdqHasher())
    assert f"{UNCOVERED}, tilted 1 degrees left" in [one.name for one in probes]
    (match,) = matcher.check(jpeg(cropped)).matches
    assert match.probe.startswith("cropped about ")


def test_what_was_cropped_is_found_by_deep_only(standard, deep, photographs):
    """And where the whole picture would lie: beyond the edges of the upload."""
    image = canvas.image_of(photographs["astronaut.png"])
    upload = jpeg(cropped_evenly(image, 7))
    assert standard.check(upload).outcome is Outcome.NO_MATCH
    (match,) = deep.check(upload).matches
    assert match.entry.id == "astronaut.png"
    assert match.framing.left < 0
    assert match.framing.right > 1
    assert match.probe.startswith("cropped about ")


def test_what_was_tilted_is_found_by_deep(deep, photographs):
    """The framing says by how much it was."""
    image = canvas.image_of(photographs["coffee.png"])
    (match,) = deep.check(jpeg(tilted(image, 3, np.random.default_rng(1)))).matches
    assert match.entry.id == "coffee.png"
    assert abs(match.framing.tilt) == 3
    assert match.probe.startswith("tilted 3 degrees")


@pytest.mark.parametrize("policy", TIERS, ids=lambda one: one.name)
def test_unlisted_photographs_match_nothing(photographs, policy):
    """Each against a list of all others."""
    for name, pixels in photographs.items():
        others = {other: hers for other, hers in photographs.items() if other != name}
        verdict = Matcher(listing(others), policy=policy).check(encode(pixels[::4, ::4]))
        assert verdict.matches == ()


def test_the_longer_the_list_the_nearer_a_match_must_be(photographs):
    """The radius follows from the budget; what is beyond it on a long list matches on a short."""
    policy = policies.PDQ_STANDARD
    hashed = Hashed(hash_pixels(photographs["cat.png"]).hash, quality=100)
    sizes = (10, 10**4, 10**6, 10**9)
    reaches = [policy.reach(hashed, list_size=size, probes=8) or EQUAL for size in sizes]
    radii = [reach.radius for reach in reaches]
    assert radii == sorted(radii, reverse=True)
    assert radii[0] == policy.max_distance
    assert [reach.bits for reach in reaches] == radii
    assert 0 < radii[-1] < radii[-2]


@pytest.mark.parametrize("policy", TIERS, ids=lambda one: one.name)
def test_what_nobody_cropped_is_told_as_it_is(photographs, policy):
    """Of probes that are as sure the nearest says what was done, whatever handicap others have."""
    names = ["cat.png", "dogs.jpg", "rocket.jpg", "coffee.png"]
    listed = [hash_pixels(photographs[name]).hash for name in names]
    matcher = Matcher(long_list(10**5, listed), policy=policy)
    for name in names:
        for quality in (95, 60):
            (match,) = matcher.check(encode(photographs[name], "JPEG", quality=quality)).matches
            assert (match.probe, match.framing) == ("as uploaded", WHOLE)
            assert match.grade is Grade.CERTAIN


@pytest.mark.parametrize("policy", TIERS, ids=lambda one: one.name)
@pytest.mark.parametrize("quality", [100, 60])
def test_what_is_tried_and_what_is_not_cost_one_budget_together(photographs, policy, quality):
    """Wrong matches of an upload if everything in reach of each of its probes matched."""
    size, budget = 10**6, policy.budget
    assert budget is not None
    probes = make_probes(photographs["cat.png"], policy.probes, PdqHasher())
    counts = Counter(one.tried for one in probes)
    assert counts[Tried.CROPPINGS] == policy.probes.croppings
    assert bool(counts[Tried.RATIOS]) == policy.probes.ratios
    hashed, costs, radii = replace(probes[0].hashed, quality=quality), [], {}
    for tried, count in counts.items():
        row = policy.row(hashed, probes=count, listed=100, tried=tried)
        radii[tried] = budget.radius(size, row)
        if radii[tried] is not None:
            # As if the policy tried nothing: what these probes cost by themselves.
            plain = replace(policy, probing=policy.probing or policy.name, probes=ProbePlan())
            row = plain.row(hashed, probes=count, listed=100, tried=tried)
            costs.append(expected(radii[tried], size, row).upper)
    assert costs
    assert sum(costs) <= budget.per_million * (1 + 1e-9)
    if counts[Tried.CROPPINGS] and quality == 100:
        assert min(radii[None], radii[Tried.RATIOS]) >= radii[Tried.CROPPINGS] > 0


@pytest.mark.parametrize("by", [-1, 0, 1])
def test_the_radius_of_a_budget_is_inclusive(photographs, by):
    """An entry at the radius matches, one bit beyond it does not."""
    code = hash_pixels(photographs["cat.png"]).hash
    policy = replace(policies.PDQ_INLINE, budget=Budget(0.1))
    size = 2 * 10**6
    row = policy.row(Hashed(code, quality=100), probes=1, listed=100)
    assert policy.budget is not None
    radius = policy.budget.radius(size, row)
    assert radius is not None
    assert radius < policy.max_distance
    rng = np.random.default_rng(0)
    other = rng.integers(0, 256, (size - 1, 32), dtype=np.uint8)
    # Far from everything: the complement of the hash, but for random bits of its first half.
    other[:, 16:] = ~code.code[16:]
    codes = np.concatenate([moved(code, radius + by).code[None], other])
    matcher = Matcher(list_of(codes, np.full(size, 100, np.int16)), policy=policy)
    verdict = matcher.check_hash(Hashed(code, quality=100))
    assert (verdict.outcome is Outcome.MATCH) == (by <= 0)


@pytest.mark.parametrize("listed", [10, 100])
def test_plain_pictures_match_plain_ones_only_if_they_are_equal(photographs, listed):
    """Two skies are as near to each other as two copies of one; an equal hash is for review."""
    code = hash_pixels(photographs["cat.png"]).hash
    codes = np.random.default_rng(0).integers(0, 256, (10**5, 32), dtype=np.uint8)
    codes[0] = moved(code, 4).code
    matcher = Matcher(
        list_of(codes, np.full(len(codes), listed, np.int16)),
        policy=replace(policies.PDQ_STANDARD, budget=Budget(0.01)),
    )
    assert matcher.check_hash(Hashed(code, quality=10)).outcome is Outcome.UNDECIDED
    (equal,) = matcher.check_hash(Hashed(moved(code, 4), quality=10)).matches
    assert (equal.distance, equal.grade) == (0, Grade.REVIEW)


def test_what_may_have_been_missed_is_undecided_and_not_clean(photographs):
    """A plain upload under a small budget reaches a few bits only: that is not "nothing"."""
    code = hash_pixels(photographs["cat.png"]).hash
    codes = np.random.default_rng(0).integers(0, 256, (10**5, 32), dtype=np.uint8)
    hash_list = list_of(codes, np.full(len(codes), 100, np.int16))
    matcher = Matcher(hash_list, policy=replace(policies.PDQ_STANDARD, budget=Budget(0.1)))
    plain = matcher.check_hash(Hashed(code, quality=25))
    assert plain.outcome is Outcome.UNDECIDED
    assert plain.reason == "quality 25 says too little on a list of 100,000 entries"
    assert matcher.check_hash(Hashed(code, quality=90)).outcome is Outcome.NO_MATCH


def test_what_is_on_the_negative_list_does_not_match_and_says_so(photographs, hash_list):
    """The nearer of both counts, and the harmless one where both are as near."""
    meme = HashList.from_entries(
        [Entry(id="meme-1", hash=hash_pixels(photographs["cat.png"]).hash)],
        algorithm=Algorithm.PDQ,
    )
    matcher = Matcher(hash_list, policy=policies.PDQ_STANDARD, negative=meme)
    verdict = matcher.check(encode(photographs["cat.png"]))
    assert verdict.outcome is Outcome.NO_MATCH
    assert any("meme-1" in note and "cat.png" in note for note in verdict.notes)
    other = matcher.check(encode(photographs["coffee.png"]))
    assert [match.entry.id for match in other.matches] == ["coffee.png"]
    assert other.notes == ()


def test_a_negative_list_of_another_algorithm_is_refused(hash_list):
    wrong = HashList.from_entries(
        [Entry(id="x", hash=Hash(Algorithm.PHASH, bytes(8)))], algorithm=Algorithm.PHASH
    )
    with pytest.raises(AlgorithmMismatchError, match="negative list holds phash"):
        Matcher(hash_list, policy=policies.PDQ_STANDARD, negative=wrong)


def test_an_entry_that_matches_far_too_often_is_for_review(photographs, hash_list):
    """It still matches, with a note; others are as sure as before; a release ends it."""
    guard = FloodGuard(FloodRule(window=3600, at_least=5, times=2))
    matcher = Matcher(hash_list, policy=policies.PDQ_INLINE, flood=guard)
    upload = encode(photographs["cat.png"])
    grades = [matcher.check(upload).matches[0].grade for _ in range(6)]
    assert grades == [Grade.CERTAIN] * 4 + [Grade.REVIEW] * 2
    assert "far more often" in matcher.check(upload).notes[0]
    (other,) = matcher.check(encode(photographs["coffee.png"])).matches
    assert other.grade is Grade.CERTAIN
    guard.release("cat.png")
    assert matcher.check(upload).matches[0].grade is Grade.CERTAIN


def test_probes_are_as_many_as_a_plan_says(photographs):
    """The frame itself first; every name once."""
    pixels = photographs["dandelions.jpg"]
    for policy in TIERS:
        probes = make_probes(pixels, policy.probes, PdqHasher())
        names = [probe.name for probe in probes]
        assert names[0] == "as uploaded"
        assert probes[0].framing == WHOLE
        assert len(set(names)) == len(names)
        assert len(probes) >= policy.probe_count


@pytest.mark.parametrize(
    "asked", [{"crops": (0.05, 0.1)}, {"ratios": True}, {"tilts": (2,)}, {"crops": (0.05,)}]
)
def test_a_plan_may_ask_for_one_kind_of_framings_alone(photographs, asked):
    """Those and no others, besides the frame as it is; few croppings tell of no handicap."""
    probes = make_probes(photographs["cat.png"], ProbePlan(**asked), PdqHasher())
    assert len(probes) > 1
    assert {one.handicap for one in probes} == {0}
    expected = {"crops": Tried.CROPPINGS, "ratios": Tried.RATIOS, "tilts": None}
    assert {one.tried for one in probes[1:]} == {expected[name] for name in asked}


@pytest.mark.parametrize(
    "wrong",
    [
        {"samplings": ()},
        {"orientations": ()},
        {"pictures": -1},
        {"crops": (0, 0.6)},
        {"crops": (-0.1,)},
        {"tilts": (0,)},
        {"tilts": (50,)},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"at least|shares of a side|degrees above"):
        ProbePlan(**wrong)


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (5, 5), (40, 40)])
@pytest.mark.parametrize("value", [0, 255])
def test_tiny_and_flat_uploads_are_undecided_in_every_tier(hash_list, shape, value):
    """They neither raise nor match."""
    upload = encode(np.full((*shape, 3), value, np.uint8))
    for policy in TIERS:
        assert Matcher(hash_list, policy=policy).check(upload).outcome is not Outcome.MATCH


def flipped(hashed: Hashed, places: Sequence[int]) -> Hash:
    """The hash with other bits at some places, 0 the most significant."""
    bits = np.unpackbits(hashed.hash.code)
    bits[list(places)] ^= 1
    return Hash.from_code(Algorithm.PDQ, np.packbits(bits))


def by_clarity(hashed: Hashed) -> list[int]:
    """The places of all bits, the least clear first."""
    assert hashed.clarity is not None
    places: list[int] = np.argsort(hashed.clarity, kind="stable").tolist()
    return places


def long_list(size: int, first: Sequence[Hash]) -> HashList:
    """Some hashes, filled up with others that are near nothing."""
    codes = np.random.default_rng(0).integers(0, 256, (size, 32), dtype=np.uint8)
    codes[: len(first)] = [one.code for one in first]
    return list_of(codes, np.full(size, 100, np.int16))


@pytest.mark.parametrize("by", [-1, 0, 1])
def test_the_radius_in_weighed_bits_is_inclusive(photographs, by):
    """An entry whose weighed bits are just within it matches, with a little more it does not."""
    policy = replace(policies.PDQ_INLINE, budget=Budget(0.01))
    size, upload = 10**5, encode(photographs["dogs.jpg"])
    hashed = hash_pixels(photographs["dogs.jpg"])
    row = policy.row(hashed, probes=2, listed=100)
    assert row.weighed
    assert policy.budget is not None
    radius = policy.budget.radius(size, row)
    assert radius is not None
    # As much clarity as makes so many bits: clear ones, and one more of just what is missing.
    clear, missing = divmod((radius + by) * ALL_CLARITY // 256, CLEAR)
    order = by_clarity(hashed)
    entry = flipped(hashed, [*order[256 - clear :], order[missing]])
    verdict = Matcher(long_list(size, [entry]), policy=policy).check(upload)
    assert (verdict.outcome is Outcome.MATCH) == (by <= 0)
    if by <= 0:
        (match,) = verdict.matches
        assert (match.weighed, match.distance) == (radius + by, clear + 1)


@pytest.mark.parametrize("bits", [47, 48])
def test_plain_bits_are_limited_however_little_they_weigh(photographs, bits):
    """What is searched is what is exact: not one bit beyond `max_distance`."""
    hashed = hash_pixels(photographs["dogs.jpg"])
    entry = flipped(hashed, by_clarity(hashed)[:bits])
    matcher = Matcher(long_list(10**5, [entry]), policy=policies.PDQ_INLINE)
    matches = matcher.check(encode(photographs["dogs.jpg"])).matches
    assert [one.distance for one in matches] == ([47] if bits == 47 else [])


def test_a_hash_made_elsewhere_is_judged_by_plain_bits(photographs):
    """Nobody knows how clear it is; the grade goes by the rows of plain bits."""
    hashed = hash_pixels(photographs["dogs.jpg"])
    entry = flipped(hashed, by_clarity(hashed)[:40])
    matcher = Matcher(long_list(10**6, [entry]), policy=policies.PDQ_STANDARD)
    (known,) = matcher.check_hash(hashed).matches
    (bare,) = matcher.check_hash(Hashed(hashed.hash, hashed.quality)).matches
    assert known.weighed == math.ceil(sum(CLARITIES[:40]) * 256 / ALL_CLARITY)
    assert known.grade is Grade.CERTAIN
    assert (bare.weighed, bare.grade) == (None, Grade.PROBABLE)
    assert known.distance == bare.distance == 40


def test_the_surest_probe_counts_not_the_nearest(photographs):
    """Five clear bits weigh more than the ten of which the upload is least sure."""
    hashed = hash_pixels(photographs["dogs.jpg"])
    order = by_clarity(hashed)
    entry = flipped(hashed, order[:30])
    # Another look at the same upload, nearer in plain bits, but far in what it is clear about.
    nearer = Hashed(flipped(hashed, [*order[:10], *order[-5:]]), 100, 0, hashed.clarity)
    assert nearer.hash.distance(entry) < 30
    lookup = Lookup(policies.PDQ_STANDARD, None)
    listed = Listed.of(long_list(1000, [entry]), max_distance=63, probes=2)
    probed = [(0, Probe("nearer", nearer)), (0, Probe("surer", hashed))]
    (found,), _ = lookup.search(lookup.candidates(probed, listed), listed)
    assert (found.match.probe, found.match.distance) == ("surer", 30)


def test_what_matches_under_weighed_bits_is_what_the_twin_says(photographs):
    """All probes with all entries, one by one: the same entries, each as sure and as near."""
    policy, pixels = policies.PDQ_STANDARD, photographs["dogs.jpg"]
    hashed = hash_pixels(pixels)
    rng, order = np.random.default_rng(7), by_clarity(hashed)
    entries = []
    for _ in range(400):
        unclear = order[: rng.integers(1, 120)]
        several = rng.choice(unclear, rng.integers(0, len(unclear)), replace=False).tolist()
        entries.append(flipped(hashed, [*several, *order[256 - rng.integers(0, 40) :]]))
    listed = long_list(10**5, entries)
    probes = [one.hashed for one in make_probes(pixels, policy.probes, PdqHasher())]
    want: dict[int, tuple[float, int, int]] = {}
    for row, entry in enumerate(entries):
        for probe in probes:
            tail = policy.row(probe, probes=len(probes), listed=100)
            assert probe.clarity is not None
            assert tail.weighed
            bits = int(weighed(probe.clarity, probe.hash.code, entry.code))
            cost, distance = expected(bits, len(listed), tail), probe.hash.distance(entry)
            if distance <= policy.max_distance and policy.counts(cost):
                here = (cost.upper, distance, bits)
                want[row] = min(here, want.get(row, here))
    found = Matcher(listed, policy=policy).check(encode(pixels)).matches
    assert 50 < len(want) < 350
    assert {
        int(one.entry.id): (one.expected.upper, one.distance, one.weighed)
        for one in found
        if one.expected
    } == want
    assert [one.expected.upper for one in found if one.expected] == sorted(
        cost for cost, _, _ in want.values()
    )
