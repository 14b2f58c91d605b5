"""Each system measures what it claims to: hashguard as `Matcher` runs it, libraries as they run."""

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import imagehash
import numpy as np
import pdqhash
import pytest
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import TiffImageFile

from hashguard import Algorithm, Entry, HashList, Matcher, MatchPolicy, Outcome, policies
from hashguard.errors import HashguardError, MissingExtraError, UnknownSystemError
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Hash, Pixels
from hashguard.robustness.distances import Scale, Table
from hashguard.robustness.system import Metric, Reason, RefusedError, Rows, System
from hashguard.robustness.systems import imagehash as ours_of_imagehash
from hashguard.robustness.systems import opencv as ours_of_opencv
from hashguard.robustness.systems import registry, shared
from hashguard.robustness.systems.ours import PolicySystem
from hashguard.robustness.systems.pdqhash import PdqhashSystem

POLICIES = (policies.PDQ_STRICT, policies.PDQ_STRICT_ORIENTED, policies.PDQ_WIDE)
FAST = tuple(name for name in registry.KNOWN if name != "crop-resistant")
"""All that take a few milliseconds a picture."""


def saved(pixels: Pixels | Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    image = (
        pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.ascontiguousarray(pixels))
    )
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((width, height)))


def shrunk(pixels: Pixels, side: int = 320) -> Pixels:
    image = Image.fromarray(pixels)
    image.thumbnail((side, side))
    return np.asarray(image)


def flat(width: int = 300, height: int = 200) -> Pixels:
    return np.full((height, width, 3), 119, np.uint8)


def cut_second_page(first: Pixels, second: Pixels) -> bytes:
    """A TIFF of two pages, the second of which is there but cannot be decoded."""
    pages = [Image.fromarray(first), Image.fromarray(second)]
    data = bytearray(
        saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_deflate")
    )
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, TiffImageFile)
        image.seek(1)
        begin = image.tag_v2[273][0]  # where its first rows are
    data[begin : begin + 4000] = bytes(4000)
    return bytes(data)


@pytest.fixture(scope="module")
def pictures(photographs: Mapping[str, Pixels]) -> Mapping[str, Pixels]:
    """Six of the photographs, small enough to be hashed often."""
    names = ("cat.png", "coffee.png", "rocket.jpg", "dogs.jpg", "mountains.jpg", "fig.jpg")
    return {name: shrunk(photographs[name]) for name in names}


@pytest.fixture(scope="module")
def systems() -> Mapping[str, System]:
    return {name: registry.make(name) for name in registry.KNOWN}


@pytest.fixture(scope="module")
def uploads(pictures: Mapping[str, Pixels]) -> Mapping[str, bytes]:
    """Attacked copies, strangers and no pictures at all, as files."""
    cat, coffee, dogs = pictures["cat.png"], pictures["coffee.png"], pictures["dogs.jpg"]
    height, width = cat.shape[:2]
    other = resized(coffee, width, height)
    last = [Image.fromarray(one) for one in (other, other[:, ::-1], cat)]
    see_through = Image.fromarray(cat).convert("RGBA")
    see_through.putalpha(Image.new("L", see_through.size, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    stamped = cat.copy()
    stamped[: height // 6] = 255
    return {
        "as it is": saved(cat),
        "JPEG 40": saved(cat, "JPEG", quality=40),
        "mirrored": saved(cat[:, ::-1], "JPEG", quality=90),
        "upside down": saved(cat[::-1, ::-1], "JPEG", quality=90),
        "small": saved(resized(cat, 128, 96), "JPEG"),
        "squashed": saved(resized(cat, 300, 300)),
        "cropped": saved(cat[height // 20 :, width // 20 :]),
        "bar": saved(stamped, "WEBP"),
        "GIF": saved(Image.fromarray(cat).quantize(64), "GIF"),
        "animated GIF, last": saved(last[0], "GIF", save_all=True, append_images=last[1:]),
        "turned by EXIF": saved(cat, "JPEG", exif=exif),
        "see-through": saved(see_through),
        "grey": saved(Image.fromarray(cat).convert("L")),
        "CMYK": saved(Image.fromarray(cat).convert("CMYK"), "JPEG"),
        "16 bits": saved(Image.fromarray(cat[..., 1].astype(np.uint16) * 257)),
        "second page cut": cut_second_page(cat, other),
        "another, large": saved(resized(dogs, 700, 500), "JPEG"),
        "another": saved(pictures["mountains.jpg"]),
        "collage": saved(np.hstack([other, cat])),
    }


NOT_PICTURES = {
    "nothing": b"",
    "junk": bytes(range(256)) * 4,
    "text": b"GIF89a is what a GIF begins with",
    "head only": saved(flat())[:60],
    "bomb": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    + (60_000).to_bytes(4) * 2
    + b"\x08\2\0\0\0"
    + bytes(4),
}


# --- hashguard ----------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_the_harness_finds_what_matcher_finds(policy, pictures, uploads):
    """The same entries at the same distances, and MATCH exactly within the policy's distance."""
    system, matcher, table = listed(policy, pictures)
    names = list(pictures)
    outcomes = set()
    for title, data in uploads.items():
        verdict = matcher.check(data)
        steps = table.steps(system.hash_query(data))
        near = {names[n]: int(step) for n, step in enumerate(steps) if step <= policy.max_distance}
        assert {m.entry.id: m.distance for m in verdict.matches} == near, title
        assert (verdict.outcome is Outcome.MATCH) is bool(near), title
        outcomes.add(bool(near))
    assert outcomes == {True, False}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
@pytest.mark.parametrize("bits", [-1, 0, 1])
def test_the_border_of_the_policy_is_the_border_of_the_harness(policy, bits, pictures):
    """References made by hand, one bit within, on, and beyond the policy's distance."""
    data = saved(pictures["cat.png"])
    system = PolicySystem(policy)
    number = int.from_bytes(system.hash_reference(data).tobytes())
    distance = policy.max_distance + bits
    far = Hash(Algorithm.PDQ, (number ^ ((1 << distance) - 1)).to_bytes(32))
    hash_list = HashList.from_entries([Entry(id="far", hash=far)], algorithm=Algorithm.PDQ)
    verdict = Matcher(hash_list, policy=policy).check(data)
    query = system.hash_query(data)
    (step,) = Table([far.code[np.newaxis]], Scale(Metric.HAMMING, 32)).steps(query)
    assert step == distance
    within = bool(step <= system.max_distances[0])
    assert (verdict.outcome is Outcome.MATCH) is within
    assert within is (bits <= 0)


def listed(
    policy: MatchPolicy, pictures: Mapping[str, Pixels]
) -> tuple[PolicySystem, Matcher, Table]:
    """A system, a matcher and a table over the same references."""
    system = PolicySystem(policy)
    references = {name: system.hash_reference(saved(one)) for name, one in pictures.items()}
    hash_list = HashList.from_entries(
        [
            Entry(id=name, hash=Hash.from_code(Algorithm.PDQ, rows[0]))
            for name, rows in references.items()
        ],
        algorithm=Algorithm.PDQ,
    )
    table = Table(list(references.values()), Scale(system.metric, system.width))
    return system, Matcher(hash_list, policy=policy), table


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_what_matcher_leaves_undecided_is_refused_with_its_reason(policy, pictures):
    system, matcher, _ = listed(policy, pictures)
    for data in NOT_PICTURES.values():
        assert matcher.check(data).outcome is Outcome.UNDECIDED
        assert refusal(system, data) is Reason.UNDECODABLE
    # Plain, and what varies along one axis only: quality 65, but all bits are ties.
    gradient = np.repeat(np.tile(np.arange(256, dtype=np.uint8), (256, 1))[..., None], 3, axis=2)
    for plain in (flat(), gradient):
        assert matcher.check(saved(plain)).outcome is Outcome.UNDECIDED
        assert refusal(system, saved(plain)) is Reason.LOW_QUALITY


def refusal(system: System, data: bytes) -> Reason:
    with pytest.raises(RefusedError) as caught:
        system.hash_query(data)
    return caught.value.reason


def test_frames_before_one_that_fails_are_used(pictures):
    """And if none of them is trusted, it is the failure that is the reason."""
    cat = pictures["cat.png"]
    data = cut_second_page(cat, pictures["rocket.jpg"])
    assert shared.opened(data).failed
    system = PolicySystem(policies.PDQ_STRICT)
    assert system.hash_query(data).tobytes() == hash_pixels(cat).hash.packed
    hazy = cut_second_page(flat(), pictures["rocket.jpg"])
    assert len(shared.opened(hazy).frames) == 1
    assert refusal(system, hazy) is Reason.UNDECODABLE


def test_references_are_plain_pdq_of_the_first_frame_whatever_their_quality(pictures):
    cat, coffee = pictures["cat.png"], pictures["coffee.png"]
    frames = [Image.fromarray(cat), Image.fromarray(resized(coffee, *cat.shape[1::-1]))]
    animated = saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    for policy in POLICIES:
        system = PolicySystem(policy)
        assert system.hash_reference(animated).tobytes() == hash_pixels(cat).hash.packed
        assert system.hash_reference(saved(flat())).shape == (1, 32)
        with pytest.raises(RefusedError, match="undecodable"):
            system.hash_reference(NOT_PICTURES["junk"])


def test_policies_are_run_at_their_own_distance_first_and_at_each_once():
    distances = [PolicySystem(policy).max_distances for policy in POLICIES]
    assert distances == [(31, 47, 63), (31, 47, 63), (47, 31, 63)]


def test_other_algorithms_are_no_policy_systems():
    policy = MatchPolicy(name="p", algorithm=Algorithm.PHASH, max_distance=10, source="tests")
    with pytest.raises(ValueError, match="phash"):
        PolicySystem(policy)


def test_more_probes_are_more_rows_and_none_is_lost(pictures):
    """The rows of a policy are among those of a wider one; a row is there once."""
    data = saved(resized(pictures["cat.png"], 800, 600), "JPEG")
    strict, oriented, wide = (
        [row.tobytes() for row in PolicySystem(policy).hash_query(data)] for policy in POLICIES
    )
    assert (len(strict), len(oriented), len(wide)) == (1, 8, 16)
    assert set(strict) < set(oriented) < set(wide)
    assert len(set(wide)) == 16


# --- sharing ------------------------------------------------------------------------------


def test_what_is_shared_changes_nothing(systems, uploads):
    """Whatever was decoded last, in whatever order systems ask, the rows are the same."""
    chosen = [uploads[name] for name in ("JPEG 40", "GIF", "see-through", "animated GIF, last")]
    alone = {}
    for name in FAST:
        for number, data in enumerate(chosen):
            forget()
            alone[name, number] = systems[name].hash_query(data).tobytes()
    for name in (*FAST, *reversed(FAST)):
        for number, data in enumerate(chosen):
            assert systems[name].hash_query(data).tobytes() == alone[name, number], name
    for number, data in enumerate(chosen):
        for name in FAST:
            # Equal bytes, but another object.
            assert systems[name].hash_query(bytes(bytearray(data))).tobytes() == alone[name, number]


def forget() -> None:
    shared.opened.cache_clear()
    shared.pillow_image.cache_clear()
    shared.pillow_converted.cache_clear()
    ours_of_opencv._decoded.cache_clear()


def test_at_most_one_upload_is_kept(uploads):
    for data in uploads.values():
        shared.opened(data)
        shared.pillow_image(data)
        shared.pillow_converted(data, "L")
        shared.pillow_converted(data, "RGB")
    assert shared.opened.cache_info().currsize == 1
    assert shared.pillow_image.cache_info().currsize == 1
    assert shared.pillow_converted.cache_info().currsize == 2


def test_other_references_are_not_mistaken_for_the_last_ones():
    made = []

    def form(rows: Rows) -> int:
        made.append(1)
        return int(rows.sum())

    last = shared.LastReferences(form)
    ones, twos = np.ones((1, 4), np.uint8), np.full((1, 4), 2, np.uint8)
    assert last.of([ones, twos]) == last.of([ones, twos]) == [4, 8]
    assert len(made) == 2
    assert last.of([twos, ones]) == [8, 4]
    assert last.of([twos]) == [8]
    assert last.of([]) == []
    assert last.of([twos, twos.copy()]) == [8, 8]


# --- all systems --------------------------------------------------------------------------


@pytest.mark.parametrize("name", registry.KNOWN)
def test_what_a_system_says_of_distances_is_what_the_harness_computes(
    name, systems, uploads, pictures
):
    system = systems[name]
    some = {"JPEG 40", "mirrored", "animated GIF, last", "another"}
    references = [system.hash_reference(saved(one)) for one in list(pictures.values())[:4]]
    table = Table(references, Scale(system.metric, system.width))
    for title in sorted(some):
        query = system.hash_query(uploads[title])
        assert system.compare(query, references).tolist() == table.steps(query).tolist(), title
        again = system.compare(query, references[::-1])
        assert again.tolist() == table.steps(query)[::-1].tolist(), title
    assert system.compare(query, []).shape == (0,)


@pytest.mark.parametrize("name", registry.KNOWN)
def test_rows_are_as_the_protocol_says(name, systems, uploads):
    system = systems[name]
    for rows in (system.hash_reference(uploads["JPEG 40"]), system.hash_query(uploads["JPEG 40"])):
        assert rows.ndim == 2
        assert len(rows) >= 1
        assert rows.shape[1] == system.width
        assert rows.dtype == np.uint8
    assert len(set(system.max_distances)) == len(system.max_distances) == 3
    assert all(0 < one < 8 * system.width / 2 for one in system.max_distances)
    assert system.about
    assert "chosen here" in system.source or "recommended" in system.source


@pytest.mark.parametrize("name", registry.KNOWN)
@pytest.mark.parametrize("title", NOT_PICTURES)
def test_no_system_makes_anything_of_what_is_no_picture(name, title, systems):
    assert refusal(systems[name], NOT_PICTURES[title]) is Reason.UNDECODABLE
    with pytest.raises(RefusedError):
        systems[name].hash_reference(NOT_PICTURES[title])


@pytest.mark.parametrize("name", FAST)
def test_every_system_reads_every_kind_of_picture(name, systems, uploads):
    """Nothing is undecodable and nothing warns: no system is at a disadvantage by how it is fed.

    Of 16 bits Pillow makes 8 by cutting off what is over 255: mostly white, as platforms see it.
    """
    for title, data in uploads.items():
        if (name, title) == ("pdqhash", "16 bits"):
            assert refusal(systems[name], data) is Reason.LOW_QUALITY
        else:
            assert len(systems[name].hash_query(data)) >= 1, title


def test_a_picture_that_might_be_a_bomb_is_undecodable_to_pillow(systems, monkeypatch):
    """Between one and two times its limit Pillow only warns."""
    data = saved(resized(flat(), 40, 30))
    systems["average"].hash_query(data)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    forget()
    assert refusal(systems["average"], data) is Reason.UNDECODABLE
    assert refusal(systems["pdqhash"], data) is Reason.UNDECODABLE


# --- pdqhash ------------------------------------------------------------------------------


def test_pdqhash_and_hashguard_agree_on_plain_photographs(photographs, photo_paths):
    """0 bits on RGB pixels; up to 2 on a JPEG, of which hashguard reads the luma itself."""
    theirs, ours = PdqhashSystem(), PolicySystem(policies.PDQ_STRICT)
    for name, path in photo_paths.items():
        rows = theirs.hash_reference(saved(shrunk(photographs[name])))
        assert rows.tobytes() == ours.hash_reference(saved(shrunk(photographs[name]))).tobytes()
        data = path.read_bytes()
        (distance,) = theirs.compare(theirs.hash_query(data), [ours.hash_query(data)])
        assert distance <= (2 if name.endswith(".jpg") else 0), name


def test_pdqhash_is_fed_as_platforms_feed_it(uploads, pictures):
    """Not turned by EXIF, the first frame only, colours under transparency as they are stored."""
    system = PdqhashSystem()
    for title in ("turned by EXIF", "animated GIF, last", "see-through"):
        pixels = np.asarray(Image.open(io.BytesIO(uploads[title])).convert("RGB"))
        bits, _ = pdqhash.compute(pixels)
        assert np.unpackbits(system.hash_query(uploads[title])).tolist() == bits.tolist()
    cat = system.hash_reference(saved(pictures["cat.png"]))
    assert system.compare(system.hash_query(uploads["see-through"]), [cat])[0] == 0
    assert system.compare(system.hash_query(uploads["animated GIF, last"]), [cat])[0] > 63


def test_pdqhash_refuses_uploads_of_low_quality_but_lists_them():
    assert refusal(PdqhashSystem(), saved(flat())) is Reason.LOW_QUALITY
    assert PdqhashSystem().hash_reference(saved(flat())).shape == (1, 32)


# --- imagehash ----------------------------------------------------------------------------

BY_HAND: Mapping[str, Any] = {
    "phash": imagehash.phash,
    "phash256": lambda image: imagehash.phash(image, hash_size=16),
    "dhash": imagehash.dhash,
    "whash": imagehash.whash,
    "average": imagehash.average_hash,
    "colorhash": imagehash.colorhash,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_imagehash_is_run_as_its_readme_shows(name, systems, uploads):
    """`hash(Image.open(file))`, and its own hexadecimal digits."""
    for title in ("JPEG 40", "GIF", "see-through", "turned by EXIF", "grey"):
        with Image.open(io.BytesIO(uploads[title])) as image:
            expected = BY_HAND[name](image)
        (row,) = systems[name].hash_query(uploads[title])
        bits = np.unpackbits(row, count=expected.hash.size)
        assert str(imagehash.ImageHash(bits.reshape(expected.hash.shape))) == str(expected), title


def test_every_hash_of_imagehash_is_checked_by_hand():
    assert {*BY_HAND, "crop-resistant"} == set(ours_of_imagehash.KINDS)


def test_one_common_region_is_what_the_crop_resistant_hash_matches_by(systems, uploads, pictures):
    """`matches(region_cutoff=1, hamming_cutoff=d)` from the distance on, and not below."""
    system = systems["crop-resistant"]
    pairs = [
        (uploads["cropped"], saved(pictures["cat.png"])),
        (uploads["another"], saved(pictures["cat.png"])),
        (uploads["another"], uploads["another, large"]),
    ]
    met = set()
    for left, right in pairs:
        (distance,) = system.compare(system.hash_query(left), [system.hash_reference(right)])
        mine, listed = (
            imagehash.crop_resistant_hash(Image.open(io.BytesIO(one))) for one in (left, right)
        )
        assert mine.matches(listed, region_cutoff=1, hamming_cutoff=distance)
        assert not mine.matches(listed, region_cutoff=1, hamming_cutoff=distance - 1)
        met.add(distance)
    assert len(met) == len(pairs)


# --- OpenCV -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("block-mean", lambda image: cv2.img_hash.blockMeanHash(image, mode=0)),
        ("block-mean-968", lambda image: cv2.img_hash.blockMeanHash(image, mode=1)),
        ("marr-hildreth", cv2.img_hash.marrHildrethHash),
        ("opencv-phash", cv2.img_hash.pHash),
        ("opencv-average", cv2.img_hash.averageHash),
    ],
)
def test_opencv_is_run_as_its_own_functions(name, function, systems, photo_paths):
    for photo in ("cat.png", "rocket.jpg"):
        expected = function(cv2.imread(str(photo_paths[photo])))
        found = systems[name].hash_query(photo_paths[photo].read_bytes())
        assert found.tolist() == expected.tolist()


def test_opencv_turns_pictures_by_exif(systems, uploads, pictures):
    """Unlike Pillow's `open`: what was turned for display is turned for OpenCV's hashes."""
    turned = ImageOps.exif_transpose(Image.open(io.BytesIO(uploads["turned by EXIF"])))
    system = systems["block-mean"]
    upright = system.hash_reference(saved(turned))
    assert system.compare(system.hash_query(uploads["turned by EXIF"]), [upright])[0] <= 10
    assert system.compare(system.hash_query(saved(pictures["cat.png"])), [upright])[0] > 60


# --- the registry -------------------------------------------------------------------------


def test_naming_systems_imports_none_of_their_libraries():
    program = (
        "import json, sys, hashguard.robustness.systems.registry; print(json.dumps([*sys.modules]))"
    )
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    loaded = json.loads(ran.stdout)
    heavy = ("cv2", "imagehash", "pdqhash", "onnxruntime", "PIL", "scipy", "pywt")
    assert not [name for name in heavy if name in loaded]


def test_names_are_plain_and_systems_tell_themselves_apart(systems):
    assert set(registry.DEFAULT) <= set(registry.KNOWN)
    for names in (registry.DEFAULT, registry.KNOWN, [one.name for one in systems.values()]):
        assert len(set(names)) == len(names)
    assert all(name == name.lower() and " " not in name for name in registry.KNOWN)


def test_everything_is_installed_where_this_is_tested():
    """What is missing would be left out of every measurement without a test that fails."""
    names, left_out = registry.default_names()
    assert names == registry.DEFAULT
    assert left_out == ()


@pytest.mark.parametrize("name", ["", "pdq", "PHASH", "phash ", "onnx", "onnx:", "../phash"])
def test_an_unknown_name_is_answered_with_the_known_ones(name):
    with pytest.raises(UnknownSystemError, match=r"pdq-strict.*onnx:PATH") as caught:
        registry.make(name)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, HashguardError)


@pytest.mark.parametrize(
    ("module", "extra", "names"),
    [
        ("imagehash", r"hashguard\[imagehash\]", {*ours_of_imagehash.KINDS}),
        ("cv2", r"hashguard\[opencv\]", {*ours_of_opencv.KINDS}),
        ("cv2.img_hash", r"hashguard\[opencv\]", {*ours_of_opencv.KINDS}),
        ("pdqhash", "pip install pdqhash", {"pdqhash"}),
    ],
)
def test_what_is_not_installed_is_left_out_visibly_and_says_what_to_install(
    module, extra, names, monkeypatch
):
    """An OpenCV without its contributed modules counts as missing, too."""
    monkeypatch.setitem(sys.modules, module, None)
    if module == "cv2.img_hash":
        monkeypatch.delattr(cv2, "img_hash")
    for name in names:
        with pytest.raises(MissingExtraError, match=extra):
            registry.make(name)
    measured, left_out = registry.default_names()
    assert {one.name for one in left_out} == names & set(registry.DEFAULT)
    assert set(measured) == set(registry.DEFAULT) - names
    assert all("pip install" in one.reason for one in left_out)


def test_versions_are_those_of_what_is_used(systems):
    """`importlib.metadata` and the libraries themselves agree; others are not mentioned."""
    ours = registry.versions([systems["pdq-strict"]])
    assert set(ours) == {"python", "hashguard", "numpy", "pillow"}
    assert ours["python"] == sys.version.split()[0]
    assert ours["numpy"] == np.__version__
    everything = registry.versions(systems.values())
    assert everything["imagehash"] == imagehash.__version__
    assert everything["opencv"] == cv2.__version__
    assert {"pdqhash", "scipy", "pywavelets"} <= set(everything)
    assert list(everything)[1:] == sorted(list(everything)[1:])


def test_photographs_are_told_apart_and_copies_found(systems, photo_paths):
    """Every system at the distance it is run at: JPEG copies within it, other photographs not.

    colorhash is left out of the second half: shares of colours say little.
    """
    names = ("cat.png", "coffee.png", "rocket.jpg", "mountains.jpg")
    files = {name: Path(photo_paths[name]).read_bytes() for name in names}
    for title in FAST:
        system = systems[title]
        references = [system.hash_reference(data) for data in files.values()]
        for number, data in enumerate(files.values()):
            copy = saved(Image.open(io.BytesIO(data)).convert("RGB"), "JPEG", quality=70)
            distances = system.compare(system.hash_query(copy), references)
            assert distances[number] <= system.max_distances[0], title
            others = np.delete(distances, number)
            assert title == "colorhash" or others.min() > system.max_distances[0], title
