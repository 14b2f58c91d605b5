"""The case file: one case, one file; nothing else gets in, and nothing that is none gets by."""

from __future__ import annotations

import hashlib
import json
import os
import random
import runpy
import secrets
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.case_file import (
    ALPHABET,
    MAX_CASE_BYTES,
    MAX_PICTURES,
    CaseFile,
    Picture,
    PictureKind,
    code_matches,
    new_case,
    withdrawal_digest,
)
from hashguard.errors import InvalidCodeError, MalformedCaseError
from hashguard.hashes import Algorithm, Hash

GOLDEN = Path(__file__).parents[1] / "fixtures" / "cases" / "version-1.json"
CODE = "WXYZ-2345-6789-ABCD"
CODES = st.text(ALPHABET, min_size=16, max_size=16)


def pdq(number: int) -> Hash:
    return Hash(Algorithm.PDQ, number.to_bytes(32))


def made(count: int = 2) -> CaseFile:
    pictures = tuple(Picture(pdq(number), 50 + number % 50) for number in range(1, count + 1))
    return CaseFile("4UDZ-XVK2", withdrawal_digest(CODE), pictures)


def refusal(data: bytes) -> str:
    with pytest.raises(MalformedCaseError) as caught:
        CaseFile.loads(data)
    return str(caught.value)


def altered(**changes: object) -> bytes:
    """The file of `made()` with other values, written as canonically as they can be."""
    fields = {**json.loads(made().dumps()), **changes}
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def with_picture(**changes: object) -> bytes:
    """The same with other values in its second picture."""
    pictures = json.loads(made().dumps())["pictures"]
    pictures[1] |= changes
    return altered(pictures=pictures)


@st.composite
def cases(draw: st.DrawFn) -> CaseFile:
    """Cases of up to eight pictures that use every field."""
    codes = draw(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=8, unique=True))
    pictures = tuple(
        Picture(
            Hash(Algorithm.PDQ, code),
            draw(st.integers(1, 100)),
            draw(st.none() | st.sampled_from(PictureKind)),
        )
        for code in codes
    )
    case = draw(st.text(ALPHABET, min_size=8, max_size=8))
    return CaseFile(
        f"{case[:4]}-{case[4:]}", draw(st.binary(min_size=32, max_size=32)).hex(), pictures
    )


def test_the_golden_file_says_what_it_always_said():
    """Version 1 loads for ever, into these values."""
    golden = CaseFile.load(GOLDEN)
    assert golden.case == "4UDZ-XVK2"
    assert golden.withdrawal == hashlib.sha256(b"WXYZ23456789ABCD").hexdigest()
    assert [one.quality for one in golden.pictures] == [100, 1, 49, 50]
    assert [one.kind for one in golden.pictures] == [None, *PictureKind]
    assert [one.hash.packed[0] for one in golden.pictures] == [0, 96, 160, 224]
    assert golden.matches_withdrawal(CODE)


def test_the_golden_file_is_what_its_script_writes():
    """Whoever changes the writer changes the format, and learns of it here."""
    script = runpy.run_path(str(GOLDEN.with_name("make_version_1.py")))
    assert script["golden"]().dumps() == GOLDEN.read_bytes()


def test_the_bytes_are_those_of_the_document():
    """Built here by hand: keys sorted, no white space, one line feed."""
    one = CaseFile("4UDZ-XVK2", "ab" * 32, (Picture(pdq(255), 87),))
    assert one.dumps() == (
        b'{"case":"4UDZ-XVK2","pictures":[{"algorithm":"pdq","hash":"' + b"0" * 62 + b"ff"
        b'","kind":null,"quality":87}],"schema":"hashguard-case","version":1,'
        b'"withdrawal":"' + b"ab" * 32 + b'"}\n'
    )  # fmt: skip


@given(cases())
def test_a_case_comes_back_from_its_file_equal(case: CaseFile) -> None:
    """loads(dumps(x)) == x, and it hashes and digests alike."""
    back = CaseFile.loads(case.dumps())
    assert back == case
    assert hash(back) == hash(case)
    assert back.entry_ids() == case.entry_ids()


@given(cases(), st.data())
def test_whatever_loads_is_canonical(case: CaseFile, data: st.DataObject) -> None:
    """Bytes cut, doubled or replaced anywhere: refused, or the one file of what was loaded."""
    whole = case.dumps()
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, min(len(whole), start + 80)))
    changed = whole[:start] + data.draw(st.binary(max_size=8)) + whole[stop:]
    try:
        loaded = CaseFile.loads(changed)
    except MalformedCaseError:
        return
    assert loaded.dumps() == changed


@given(st.binary(max_size=300))
def test_noise_is_refused_and_raises_nothing_else(noise: bytes) -> None:
    refusal(noise)


def test_any_altered_byte_is_refused_or_says_another_case():
    """Every position, every bit, and the bytes that mean something.

    A digit of a hash may become another digit: the file then says so, in canonical bytes.
    """
    whole = made().dumps()
    for place, old in enumerate(whole):
        for new in ({old ^ (1 << bit) for bit in range(8)} | {0, 9, 10, 34, 48, 255}) - {old}:
            changed = whole[:place] + bytes([new]) + whole[place + 1 :]
            try:
                loaded = CaseFile.loads(changed)
            except MalformedCaseError:
                continue
            assert loaded != made()
            assert loaded.dumps() == changed


def test_any_missing_or_extra_byte_is_refused():
    """Cut anywhere, shortened by one, lengthened by one."""
    whole = CaseFile("4UDZ-XVK2", withdrawal_digest(CODE), (Picture(pdq(1), 7),)).dumps()
    for place in range(len(whole)):
        refusal(whole[:place])
        for extra in (b"\n", b"\r", b" ", b"\x00", b"\\", b"\xff"):
            refusal(whole[:place] + extra + whole[place:])
        refusal(whole[:place] + whole[place + 1 :])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff\xe0", "not ASCII"),
        (b"\xef\xbb\xbf" + made().dumps(), "byte order mark"),
        (made().dumps()[:-1], "line feed"),
        (made().dumps()[:-1] + b"\r\n", "CR LF"),
        (made().dumps()[:-9], "cut off"),
        (b"[1]\n", "not the object"),
        (b"{}\n", "schema"),
        (b"[" * MAX_CASE_BYTES, "not JSON"),
        (b'{"version":' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"version":NaN}', "not JSON"),
        (json.dumps(json.loads(made().dumps())).encode() + b"\n", "edited or reformatted"),
        (
            made().dumps().replace(b'"version":1', b'"version":2,"version":1'),
            "edited or reformatted",
        ),
        (altered(schema="hashguard-list"), "schema"),
        (altered(version=2), "newer hashguard: version 2"),
        (altered(version=True), "version must be"),
        (altered(version=1.0), "version must be"),
        (altered(version=0), "version must be"),
        (altered(name="Anna"), "has the keys"),
        (altered(case=4), "case must be a text"),
        (altered(case="4UDZXVK2"), "case number"),
        (altered(case="4UDZ-XVK0"), "case number"),
        (altered(case="4udz-xvk2"), "case number"),
        (altered(withdrawal=None), "withdrawal must be a text"),
        (altered(withdrawal="AB" * 32), "64 lower-case"),
        (altered(pictures={}), "pictures must be a list"),
        (altered(pictures=[]), "1 to 500 pictures"),
        (altered(pictures=[7]), "picture 1: a picture has the keys"),
        (with_picture(name="x.jpg"), "picture 2: a picture has the keys"),
        (with_picture(algorithm="phash"), "picture 2: the algorithm"),
        (with_picture(hash=None), "picture 2: hash must be a text"),
        (with_picture(hash="00"), "picture 2: a pdq hash has 64"),
        (with_picture(hash="xy" * 32), "picture 2: a pdq hash has only"),
        (with_picture(hash="AB" * 32), "edited or reformatted"),
        (with_picture(hash=pdq(1).hex), "picture 2: an earlier picture has the same hash"),
        (with_picture(kind="selfie"), "picture 2: kind is null or one of"),
        (with_picture(kind=["photo"]), "picture 2: kind is null or one of"),
        (with_picture(quality=None), "picture 2: quality"),
        (with_picture(quality=87.0), "picture 2: quality"),
        (with_picture(quality=True), "picture 2: quality"),
        (with_picture(quality=0), "picture 2: quality"),
        (with_picture(quality=101), "picture 2: quality"),
    ],
)
def test_a_refusal_names_the_place_and_the_reason(data: bytes, reason: str) -> None:
    """And what was found there is never said again."""
    said = refusal(data)
    assert reason in said
    assert "Anna" not in said
    assert "selfie" not in said
    assert "x.jpg" not in said


@pytest.mark.parametrize(("count", "fits"), [(1, True), (499, True), (500, True), (501, False)])
def test_a_case_has_up_to_five_hundred_pictures(count: int, fits: bool) -> None:
    """In the value and in the file."""
    pictures = [
        Picture(pdq(number), 100, PictureKind.COMPUTER_MADE) for number in range(1, count + 1)
    ]
    if fits:
        case = CaseFile("4UDZ-XVK2", "0" * 64, tuple(pictures))
        assert CaseFile.loads(case.dumps()) == case
        assert len(case.dumps()) < MAX_CASE_BYTES // 1.9
        return
    with pytest.raises(ValueError, match=f"1 to {MAX_PICTURES} pictures"):
        CaseFile("4UDZ-XVK2", "0" * 64, tuple(pictures))
    assert "pictures" in refusal(altered(pictures=[one.fields() for one in pictures]))


@pytest.mark.parametrize("quality", [1, 2, 99, 100])
def test_quality_is_from_one_to_a_hundred(quality: int) -> None:
    """The ends are in; 0 and 101 are refused above."""
    assert CaseFile.loads(with_picture(quality=quality)).pictures[1].quality == quality


def test_the_length_is_bounded_before_anything_is_read():
    """One byte more than the most, whatever it holds."""
    padded = made().dumps().rstrip(b"\n")
    assert "edited" in refusal(padded + b" " * (MAX_CASE_BYTES - len(padded) - 1) + b"\n")
    assert f"more than {MAX_CASE_BYTES} bytes" in refusal(b" " * (MAX_CASE_BYTES + 1))


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        "wxyz23456789abcd",
        "  WXYZ 2345 6789 ABCD\n",
        "wxyz\u20112345\u20136789\u00a0abcd",
        "W X-Y_Z.2345\t6789\u200babcd",
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    """Small letters, no hyphens, other hyphens, spaces of a copy from a page."""
    assert made().matches_withdrawal(typed)
    assert withdrawal_digest(typed) == made().withdrawal


@pytest.mark.parametrize(
    "typed", ["", "WXYZ", CODE[:-1], CODE + "E", "WXYZ-2345-6789-ABC0", "WXYZ-2345-6789-ABCI",
              "WXYZ-2345-6789-AB\u00df", "WXYZ-2345-6789-ABC\u017f", "WXYZ-2345-6789-ABC\uff24"],
)  # fmt: skip
def test_what_cannot_be_a_code_is_a_slip_and_no_wrong_guess(typed: str) -> None:
    """Too short, too long, letters that no code has; told without repeating what was typed."""
    with pytest.raises(InvalidCodeError, match="a withdrawal code has") as caught:
        made().matches_withdrawal(typed)
    assert len(typed) < 12 or typed[:12] not in str(caught.value)


@given(CODES, CODES)
def test_only_its_own_code_withdraws_a_case(code: str, other: str) -> None:
    """Whatever the two codes are."""
    assert code_matches(withdrawal_digest(code), code)
    assert code_matches(withdrawal_digest(code), other) == (code == other)


def test_every_letter_of_a_code_counts():
    """The nearest other codes: one letter changed, or two neighbours swapped."""
    case, letters = made(), CODE.replace("-", "")
    for place in range(16):
        for letter in ALPHABET.replace(letters[place], ""):
            assert not case.matches_withdrawal(letters[:place] + letter + letters[place + 1 :])
    for place in range(15):
        swapped = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
        assert not case.matches_withdrawal(swapped)


def test_a_new_case_takes_its_chance_from_outside():
    """The same chance, the same case; 24 letters are drawn, 8 of them for the number."""
    pictures = made().pictures
    first = new_case(pictures, choose=random.Random(1).choice)
    assert first == new_case(pictures, choose=random.Random(1).choice)
    assert first != new_case(pictures, choose=random.Random(2).choice)
    drawn: list[str] = []

    def choose(letters: str) -> str:
        assert letters == ALPHABET
        drawn.append(letters[len(drawn)])
        return drawn[-1]

    case, code = new_case(pictures, choose=choose)
    assert (case.case, code) == ("2345-6789", "ABCD-EFGH-JKLM-NPQR")
    assert len(drawn) == 24
    assert case.pictures == pictures


def test_a_new_case_holds_its_code_nowhere():
    """Neither in the file nor in what Python shows of the case."""
    case, code = new_case(made().pictures, choose=secrets.choice)
    assert case.matches_withdrawal(code)
    for part in (code, code.replace("-", ""), code[:9]):
        assert part not in case.dumps().decode()
        assert part not in repr(case)
    assert case.file_name == f"codes-{case.case}.json"


def test_the_alphabet_has_nothing_that_looks_like_something_else():
    """32 different capitals and digits, so that a letter is five bits."""
    assert len(set(ALPHABET)) == 32
    assert not set(ALPHABET) & set("01IO")
    assert "".join(sorted(ALPHABET)) == ALPHABET


def test_no_repr_shows_a_hash_or_a_number_of_a_case():
    """What is printed by accident ends up in a log."""
    case = made()
    for secret in (case.case, case.withdrawal, case.pictures[0].hash.hex):
        assert secret not in repr(case)
        assert secret not in repr(case.pictures)


def test_ids_of_entries_tell_nothing_to_who_has_not_the_file():
    """They differ by case for the same picture, follow the picture, and hold no part of either."""
    case, other = made(), CaseFile("4UDZ-XVK2", withdrawal_digest(CODE[::-1]), made().pictures)
    assert len(set(case.entry_ids() + other.entry_ids())) == 4
    turned = CaseFile(case.case, case.withdrawal, case.pictures[::-1])
    assert turned.entry_ids() == case.entry_ids()[::-1]
    assert CaseFile("2222-2222", case.withdrawal, case.pictures).entry_ids() == case.entry_ids()
    for one in case.entry_ids():
        assert len(one) == 20
        assert one not in case.dumps().decode()


def test_ids_of_entries_are_as_the_document_says():
    """HMAC-SHA-256 of `pdq:<hex>` under the bytes of the digest, its first 20 digits.

    Fixed for ever: entries that are on lists must still be found.
    """
    assert CaseFile.load(GOLDEN).entry_ids() == (
        *("aa9727a18cfeb0284a31", "37fd9dc9dcea7ad07c41"),
        *("b5e5921e0b4d5fee81c6", "b8cead632a817b5fc43b"),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Picture(pdq(1), 0),
        lambda: Picture(pdq(1), 101),
        lambda: Picture(Hash(Algorithm.PHASH, bytes(8)), 50),
        lambda: CaseFile("4UDZ-XVK2", "0" * 64, ()),
        lambda: CaseFile("4UDZ-XVK2", "0" * 64, (Picture(pdq(1), 9), Picture(pdq(1), 8))),
        lambda: CaseFile("4UDZ-XVK2", CODE, (Picture(pdq(1), 9),)),
        lambda: CaseFile("4UDZ-XVK2\n", "0" * 64, (Picture(pdq(1), 9),)),
    ],
)
def test_what_no_file_can_say_cannot_be_made(wrong):
    """ValueError where it is made, not when it is saved."""
    with pytest.raises(ValueError, match=r"quality|algorithm|pictures|same hash|withdrawal|case"):
        wrong()


def test_a_case_is_saved_privately_and_whole(tmp_path):
    """0600 whatever the umask, over a wider file too, and no temporary file stays behind."""
    target = tmp_path / "codes.json"
    target.write_text("old")
    target.chmod(0o666)
    before = os.umask(0)
    try:
        made().save(target)
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert CaseFile.load(target) == made()
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_no_regular_file_is_neither_replaced_nor_taken_for_a_case(tmp_path):
    """OSError, which is ours to explain; a folder stays what it was."""
    with pytest.raises(FileExistsError):
        made().save(tmp_path)
    with pytest.raises(OSError, match="directory"):
        CaseFile.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        CaseFile.load(tmp_path / "gone")
    (tmp_path / "long").write_bytes(b" " * (MAX_CASE_BYTES + 10_000))
    with pytest.raises(MalformedCaseError, match="more than"):
        CaseFile.load(tmp_path / "long")
