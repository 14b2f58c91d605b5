"""From a picture in a browser to a platform's verdict, and back: the reason for all of it."""

import io
from pathlib import Path

from PIL import Image

from hashguard import Matcher, Outcome, policies
from hashguard.cli import main
from hashguard.lists import HashList
from tests.web.tool import Tool

CAT = Path(__file__).parents[2] / "fixtures" / "photos" / "cat.png"
COFFEE = CAT.with_name("coffee.png")


def upload_of(path: Path) -> bytes:
    """The picture as somebody posts it again: smaller, and as a JPEG of low quality."""
    with Image.open(path) as image:
        small = image.convert("RGB")
        small.thumbnail((400, 400))
    sink = io.BytesIO()
    small.save(sink, "JPEG", quality=60)
    return sink.getvalue()


def verdict(list_path: Path, upload: bytes) -> Outcome:
    hash_list = HashList.load(list_path)
    return Matcher(hash_list, policy=policies.PDQ_STRICT).check(upload).outcome


def test_a_picture_hashed_in_a_browser_is_found_until_it_is_withdrawn(tool: Tool, tmp_path: Path):
    """Page, case file, hash list, match; then the withdrawal code that the page showed."""
    listed, code = tmp_path / "list.hgl", tmp_path / "code.txt"
    tool.choose(CAT)
    saved = tool.save()
    code.write_text(tool.text("#withdrawal-code"), encoding="ascii")
    assert main(["list", "build", str(saved), "-o", str(listed)]) == 0
    assert verdict(listed, upload_of(CAT)) is Outcome.MATCH
    assert verdict(listed, upload_of(COFFEE)) is Outcome.NO_MATCH
    withdraw = ["case", "withdraw", str(saved), "--list", str(listed), "--code-file", str(code)]
    assert main(withdraw) == 0
    assert verdict(listed, upload_of(CAT)) is Outcome.NO_MATCH
