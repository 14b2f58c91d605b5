"""Our index and decoder in threatexchange: by its own classes, and by its own command."""

import io
import json
import os
import pickle
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from threatexchange.exchanges.fetch_state import (
    FetchedSignalMetadata,
    SignalOpinion,
    SignalOpinionCategory,
)
from threatexchange.exchanges.impl.stop_ncii_api import StopNCIISignalMetadata
from threatexchange.interface_validation import SignalTypeMapping
from threatexchange.signal_type.pdq.pdq_index import PDQIndex
from threatexchange.signal_type.signal_base import SignalType

from hashguard.errors import IndexFileError
from hashguard.exchange.tx import TX_MANIFEST, HashguardPdqSignal, PdqSignal
from hashguard.exchange.tx_index import MAGIC, HashguardIndex
from hashguard.exchange.tx_values import from_json, to_json
from tests.conftest import PHOTOS
from tests.exchange.tx_command import tx


def flipped(hex_: str, *bits: int) -> str:
    value = int(hex_, 16)
    for bit in bits:
        value ^= 1 << bit
    return f"{value:064x}"


def random_hashes(count: int, seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    return [f"{rng.getrandbits(256):064x}" for _ in range(count)]


def found(index: HashguardIndex[object], query: str) -> list[tuple[int, object]]:
    return [(one.similarity_info.distance, one.metadata) for one in index.query(query)]


def through_file(index: HashguardIndex[object]) -> HashguardIndex[object]:
    file = io.BytesIO()
    index.serialize(file)
    file.seek(0)
    return HashguardIndex.deserialize(file)


def test_an_empty_index_finds_nothing_and_can_be_filled():
    index: HashguardIndex[object] = HashguardIndex.build([])
    (one,) = random_hashes(1)
    assert found(index, one) == []
    index.add(one, "meta")
    assert found(index, one) == [(0, "meta")]
    assert found(through_file(index), one) == [(0, "meta")]


def test_within_31_bits_is_found_and_32_is_not():
    """Whichever bits they are: in one byte run, spread evenly, and at both ends."""
    (one,) = random_hashes(1)
    index: HashguardIndex[object] = HashguardIndex.build([(one, 1)])
    for bits in (range(32), range(0, 256, 8), range(224, 256)):
        assert found(index, flipped(one, *list(bits)[:31])) == [(31, 1)]
        assert found(index, flipped(one, *bits)) == []


@pytest.mark.parametrize("count", [1, 2, 3, 4, 8, 16, 100])
def test_equal_hashes_keep_all_their_entries_also_through_a_file(count):
    """Where tx's own index, written to a file and read again, loses them all."""
    (one,) = random_hashes(1)
    index: HashguardIndex[object] = HashguardIndex.build([(one, n) for n in range(count)])
    wanted = [(0, n) for n in range(count)]
    assert found(index, one) == wanted
    assert found(through_file(index), one) == wanted
    assert found(pickle.loads(pickle.dumps(index)), one) == wanted  # noqa: S301 (our own bytes)


def test_what_is_added_later_is_found_like_what_was_built():
    """In one go, one by one, across the size at which the index is built anew, and both."""
    hashes = random_hashes(9_000)
    whole: HashguardIndex[object] = HashguardIndex.build(
        list(zip(hashes, range(9_000), strict=True))
    )
    grown: HashguardIndex[object] = HashguardIndex()
    for start in (0, 10, 4_000, 4_200, 8_990):
        stop = {0: 10, 10: 4_000, 4_000: 4_200, 4_200: 8_990, 8_990: 9_000}[start]
        grown.add_all(zip(hashes[start:stop], range(start, stop), strict=True))
        assert found(grown, flipped(hashes[start], *range(31))) == [(31, start)]
    for n in (0, 4_099, 8_999):
        assert found(whole, hashes[n]) == found(grown, hashes[n]) == [(0, n)]
    assert len(grown) == len(whole) == 9_000


def test_the_answers_are_those_of_threatexchanges_own_index():
    """On a crowd around a few centres, nearest first where theirs has no order."""
    rng = random.Random(3)
    centres = random_hashes(5)
    hashes = [
        flipped(rng.choice(centres), *rng.sample(range(256), rng.randrange(40))) for _ in range(400)
    ]
    entries = list(zip(hashes, range(400), strict=True))
    ours: HashguardIndex[object] = HashguardIndex.build(entries)
    theirs = PDQIndex.build(entries)
    for query in [*centres, *hashes[:50]]:
        got = found(ours, query)
        wanted = [(one.similarity_info.distance, one.metadata) for one in theirs.query(query)]
        assert got == sorted(got)
        assert sorted(wanted) == got


def test_add_all_takes_all_or_nothing():
    (one,) = random_hashes(1)
    index: HashguardIndex[object] = HashguardIndex.build([(one, 1)])
    for bad in ("", "0" * 32, "g" * 64, one + "0"):
        with pytest.raises(ValueError, match=r"hex digits|0-9"):
            index.add_all([(one, 2), (bad, 3)])
    assert found(index, one) == [(0, 1)]


def test_a_disposed_index_holds_nothing():
    (one,) = random_hashes(1)
    index: HashguardIndex[object] = HashguardIndex.build([(one, 1)])
    index.dispose()
    assert (len(index), found(index, one)) == (0, [])


def test_what_threatexchange_keeps_beside_a_hash_comes_back():
    """Lists, numbers, and the dataclasses of its exchanges with their enumerations and sets."""
    opinion = SignalOpinion(True, SignalOpinionCategory.POSITIVE_CLASS, {"a", "b"})
    entries: list[object] = [
        None,
        7,
        -1.5,
        "é\n",
        b"\x00",
        [("mine", FetchedSignalMetadata())],
        {"a": 1, 2: (3, frozenset({4}))},
        opinion,
        StopNCIISignalMetadata([]),
    ]
    hashes = random_hashes(len(entries))
    index = through_file(HashguardIndex.build(zip(hashes, entries, strict=True)))
    assert [index.query(one)[0].metadata for one in hashes] == entries


def test_what_has_no_plain_form_is_refused_when_written():
    index: HashguardIndex[object] = HashguardIndex.build([(random_hashes(1)[0], object())])
    with pytest.raises(ValueError, match="entries of object"):
        index.serialize(io.BytesIO())


@pytest.mark.parametrize(
    "said",
    [
        {"object": ["os", "system", {}]},
        {"object": ["subprocess", "Popen", {"args": "true"}]},
        {"object": ["builtins", "object", {}]},
        {"object": ["nowhere", "Nothing", {}]},
        {"object": ["threatexchange.exchanges.fetch_state", "SignalOpinion", {"is_mine": 1}]},
        {"enum": ["threatexchange.exchanges.fetch_state", "SignalOpinionCategory", "X"]},
        {"enum": ["os", "environ", "HOME"]},
        {"set": [[1]]},
        {"tuple": 5},
        {"dict": [[1]]},
        {"bytes": "x"},
        {"other": []},
        {"tuple": [], "set": []},
    ],
)
def test_a_file_from_elsewhere_runs_nothing(said):
    """Only dataclasses and enumerations that are loaded, by their declared fields."""
    with pytest.raises(ValueError, match="an entry"):
        from_json(said)


def test_nesting_has_a_bound():
    deep: object = 1
    for _ in range(200):
        deep = (deep,)
    with pytest.raises(ValueError, match="nested"):
        to_json(deep)


def test_every_changed_or_missing_byte_of_a_file_is_noticed():
    index: HashguardIndex[object] = HashguardIndex.build(
        [(one, n) for n, one in enumerate(random_hashes(3))]
    )
    file = io.BytesIO()
    index.serialize(file)
    good = file.getvalue()
    for at in range(len(good)):
        for bad in (good[:at], good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]):
            with pytest.raises(IndexFileError):
                HashguardIndex.deserialize(io.BytesIO(bad))


def test_a_pickle_is_refused_unread():
    """Also one that would do harm if it were read, and one of tx's own index."""

    class Harm:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, ("harm-was-done",)

    harmful: list[object] = [PDQIndex.build([]), Harm()]
    for theirs in harmful:
        with pytest.raises(IndexFileError, match="foreign"):
            HashguardIndex.deserialize(io.BytesIO(pickle.dumps(theirs)))
    assert not Path("harm-was-done").exists()
    assert not MAGIC.startswith(b"\x80")


def test_pictures_are_hashed_as_people_see_them(tmp_path: Path, photo_paths):
    """Turned by EXIF, CMYK, palette: where tx's own hasher is 118 bits and more away."""
    cat = Image.open(photo_paths["cat.png"]).convert("RGB")
    plain = HashguardPdqSignal.hash_from_file(photo_paths["cat.png"])
    assert len(plain) == 64
    exif = Image.Exif()
    exif[0x0112] = 3
    cat.rotate(180).save(tmp_path / "turned.png", exif=exif)
    cat.quantize(256).save(tmp_path / "palette.png")
    cat.convert("CMYK").save(tmp_path / "cmyk.tiff")
    for name in ("turned.png", "palette.png", "cmyk.tiff"):
        ours = HashguardPdqSignal.hash_from_file(tmp_path / name)
        assert HashguardPdqSignal.compare_hash(plain, ours).match, name
    assert HashguardPdqSignal.hash_from_bytes(ImageOps.mirror(cat).tobytes()) == ""


def test_no_hash_is_told_as_an_empty_text(tmp_path: Path):
    Image.new("RGB", (300, 200), (90, 90, 90)).save(tmp_path / "plain.png")
    for signal in (HashguardPdqSignal, PdqSignal):
        assert signal.hash_from_file(tmp_path / "plain.png") == ""
        assert signal.hash_from_bytes(b"no picture") == ""
        assert signal.hash_from_bytes(b"") == ""


def test_distances_of_signals_include_31():
    (one,) = random_hashes(1)
    at_31 = HashguardPdqSignal.compare_hash(one, flipped(one, *range(31)))
    at_32 = HashguardPdqSignal.compare_hash(one, flipped(one, *range(32)))
    assert (at_31.match, at_31.distance.distance) == (True, 31)
    assert (at_32.match, at_32.distance.distance) == (False, 32)


def test_signals_are_validated_and_normalised():
    (one,) = random_hashes(1)
    assert HashguardPdqSignal.validate_signal_str(f" {one.upper()}\n") == one
    for bad in ("", "0" * 32, "x" * 64):
        with pytest.raises(ValueError, match=r"hex digits|0-9"):
            HashguardPdqSignal.validate_signal_str(bad)
    for example in [*HashguardPdqSignal.get_examples(), HashguardPdqSignal.get_random_signal()]:
        assert HashguardPdqSignal.validate_signal_str(example) == example


def test_names_do_not_collide_in_tx_and_stand_in_for_pdq_in_hma():
    """Tx asserts that names differ; HMA takes a signal called pdq in the place of its own."""
    from threatexchange.content_type.photo import PhotoContent

    (ours,) = TX_MANIFEST.signal_types
    assert issubclass(ours, SignalType)
    SignalTypeMapping([PhotoContent], [PDQ_OF_TX, ours])
    mapping = SignalTypeMapping([PhotoContent], [PdqSignal])
    assert mapping.signal_type_by_name["pdq"].get_index_cls() is HashguardIndex
    assert issubclass(PdqSignal, PDQ_OF_TX)


PDQ_OF_TX = PdqSignal.__mro__[1]


def test_tx_matches_an_edited_picture_with_our_extension(tmp_path: Path):
    """Its real command: extension added, list fetched, index built, file matched."""
    assert "hashguard_pdq" in tx(tmp_path, "config", "extensions", "add", "hashguard.exchange.tx")
    listed = HashguardPdqSignal.hash_from_file(PHOTOS / "cat.png")
    (tmp_path / "list.txt").write_text(f"hashguard_pdq {listed}\nhashguard_pdq {'5a' * 32}\n")
    edit = ("config", "collab", "edit", "local_file", "--create", "mine")
    tx(tmp_path, *edit, "--filename", tmp_path / "list.txt")
    tx(tmp_path, "fetch")
    index = (tmp_path / "state" / "index" / "hashguard_pdq.index").read_bytes()
    assert index.startswith(MAGIC)
    cat = Image.open(PHOTOS / "cat.png").convert("RGB")
    ImageOps.expand(cat.reduce(2), border=0).save(tmp_path / "smaller.png")
    said = tx(tmp_path, "match", "photo", tmp_path / "smaller.png", PHOTOS / "coffee.png")
    (matched,) = (line.split() for line in said.splitlines())
    assert matched[0] == "hashguard_pdq"
    assert int(matched[1]) <= 31
    assert matched[2:] == ["(mine)", "INVESTIGATION_SEED"]


def test_the_index_file_says_how_long_it_is():
    """So that a reader bounds what it holds before it reads entries."""
    codes = np.zeros((1, 32), np.uint8).tobytes()
    heads: list[object] = [{"digest": "x", "entries": -1}, {"digest": 5, "entries": 1}, []]
    for head in heads:
        data = MAGIC + json.dumps(head).encode() + b"\n" + codes + b"1\n"
        with pytest.raises(IndexFileError, match="altered"):
            HashguardIndex.deserialize(io.BytesIO(data))
