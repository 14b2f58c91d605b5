"""Hash real photographs, list some, upload edited copies of them, and see what is recognised.

Run by `make demo`. The first and the last step use the command line as anyone would; the table
uses the Python API. Everything is written to a temporary folder. The table also says what plain
PDQ does not see; the exit status is 1 if a verdict is not what the table promises.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from hashguard import HashList, Matcher, Outcome, Verdict, policies

PHOTOS = Path(__file__).parent.parent / "fixtures" / "photos"
LISTED = ("astronaut.png", "cat.png", "coffee.png", "fig.jpg", "meadow.jpg", "rocket.jpg")
STRICT, STANDARD = policies.PDQ_STRICT, policies.PDQ_STANDARD
OCTREE = Image.Quantize.FASTOCTREE
MATCH, NO_MATCH, UNDECIDED = Outcome.MATCH, Outcome.NO_MATCH, Outcome.UNDECIDED

AFTER_THE_TABLE = """
Distances are bits of 256. PDQ_STRICT matches up to 31; how far PDQ_STANDARD reaches follows from
the length of the list and from how many wrong matches it may cost. UNDECIDED is not "clean": such
an upload shows too little to tell. What was cropped takes another policy, PDQ_DEEP, and more time.
"""

NEXT = """
Try it with pictures of your own:

  .venv/bin/hashguard hash my-photos/ --json > hashes.jsonl
  .venv/bin/hashguard list build hashes.jsonl -o my.hgl
  .venv/bin/hashguard match some-upload.jpg --list my.hgl
  .venv/bin/hashguard --help
"""


@dataclass(frozen=True)
class Edit:
    """One way to change a photograph, and the outcome to expect under each policy."""

    name: str
    apply: Callable[[Image.Image], bytes]
    strict: Outcome = MATCH
    standard: Outcome = MATCH


def saved(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The bytes of a picture file; JPEG at quality 90 unless said otherwise."""
    out = BytesIO()
    if kind == "JPEG":
        options = {"quality": 90, **options}
    picture.save(out, kind, **options)
    return out.getvalue()


def turned_by_exif(picture: Image.Image) -> bytes:
    """Stored lying on its side, with the EXIF tag that stands it up again, as phones do."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turn by 90 degrees clockwise to show
    return saved(picture.transpose(Image.Transpose.ROTATE_90), exif=exif)


def in_a_screenshot(picture: Image.Image) -> bytes:
    """On a light page, with a bar above and below."""
    width, height = picture.size
    page = Image.new("RGB", (width + width // 8, height + height // 3), (236, 238, 241))
    page.paste(picture, (width // 16, height // 6))
    return saved(page)


def covered(picture: Image.Image) -> bytes:
    """Under a black bar with words, and a round sticker."""
    width, height = picture.size
    under = picture.copy()
    draw = ImageDraw.Draw(under)
    draw.rectangle((0, 0, width, height // 12), fill="black")
    draw.text((width // 3, height // 24), "look at this", fill="white", anchor="lm")
    draw.circle((width // 3, height // 3), min(width, height) // 9, fill="gold")
    return saved(under)


def cropped(picture: Image.Image) -> bytes:
    """Without a tenth of each side."""
    return saved(ImageOps.crop(picture, border=min(picture.size) // 10))


def cut_short(picture: Image.Image, share: float, **options: Any) -> bytes:
    """A JPEG of which only the first part has arrived."""
    data = saved(picture, **options)
    return data[: int(len(data) * share)]


def blank(picture: Image.Image) -> Image.Image:
    """As large, and nothing to see."""
    return Image.new("RGB", picture.size, (90, 110, 90))


EDITS = (
    Edit("the same pixels, saved as PNG", lambda p: saved(p, "PNG", compress_level=1)),
    Edit("saved as JPEG, quality 30", lambda p: saved(p, quality=30)),
    Edit("saved as GIF, 256 colours", lambda p: saved(p.quantize(method=OCTREE), "GIF")),
    Edit("saved as a CMYK JPEG, for print", lambda p: saved(p.convert("CMYK"))),
    Edit("half the size", lambda p: saved(p.resize((p.width // 2, p.height // 2)))),
    Edit("a thumbnail of 32 x 32 pixels", lambda p: saved(p.resize((32, 32)))),
    Edit("greyscale", lambda p: saved(p.convert("L"))),
    Edit("20 % brighter", lambda p: saved(ImageEnhance.Brightness(p).enhance(1.2))),
    Edit("stored on its side, EXIF tag stands it up", turned_by_exif),
    Edit("first half of a progressive JPEG", lambda p: cut_short(p, 0.5, progressive=True)),
    Edit("mirrored", lambda p: saved(ImageOps.mirror(p)), strict=NO_MATCH),
    Edit("turned upside down", lambda p: saved(p.rotate(180)), strict=NO_MATCH),
    Edit("inside a screenshot, with borders", in_a_screenshot, strict=NO_MATCH),
    Edit("under a caption and a sticker", covered, strict=NO_MATCH),
    Edit("cropped by 10 % on every side", cropped, NO_MATCH, NO_MATCH),
    Edit("first fifth of a plain JPEG", lambda p: cut_short(p, 0.2), UNDECIDED, UNDECIDED),
    Edit("painted over in one colour", lambda p: saved(blank(p)), UNDECIDED, UNDECIDED),
    Edit("shrunk to 4 x 4 pixels", lambda p: saved(p.resize((4, 4)), "PNG"), UNDECIDED, UNDECIDED),
)


def said(verdicts: list[Verdict]) -> str:
    """`6 of 6 MATCH, 0 to 4 bits`: the most frequent outcome, and distances of matches."""
    outcome, count = Counter(verdict.outcome for verdict in verdicts).most_common(1)[0]
    text = f"{count} of {len(verdicts)} {outcome.value if outcome is NO_MATCH else outcome.name}"
    bits = [verdict.matches[0].distance for verdict in verdicts if verdict.matches]
    if not bits:
        return text
    return f"{text}, {min(bits)}{f' to {max(bits)}' if max(bits) > min(bits) else ''} bits"


def fits(verdict: Verdict, expected: Outcome, row: int) -> bool:
    """Whether a verdict is as promised, and a match is of the photograph that was edited."""
    if verdict.outcome is not expected:
        return False
    # Folders are hashed in the order of names, and a new list numbers its entries from 1.
    return expected is not MATCH or verdict.matches[0].entry.id == str(row + 1)


def print_table(hash_list: HashList) -> int:
    """Print what becomes of every edit; returns how many verdicts are not as promised."""
    originals = [Image.open(PHOTOS / name).convert("RGB") for name in LISTED]
    rows = [([edit.apply(p) for p in originals], edit) for edit in EDITS]
    strangers = [p.read_bytes() for p in sorted(PHOTOS.glob("*.*g")) if p.name not in LISTED]
    rows.append((strangers, Edit("other photographs, none of them listed", saved, *[NO_MATCH] * 2)))
    matchers = [Matcher(hash_list, policy=policy) for policy in (STRICT, STANDARD)]
    surprises = 0
    print(f"{'what was uploaded':<44}{'PDQ_STRICT':<28}PDQ_STANDARD")
    print(f"{'-' * 42:<44}{'-' * 26:<28}{'-' * 26}")
    for uploads, edit in rows:
        cells = []
        for matcher, expected in zip(matchers, (edit.strict, edit.standard), strict=True):
            verdicts = list(matcher.check_many(uploads))
            wrong = sum(not fits(v, expected, row) for row, v in enumerate(verdicts))
            surprises += wrong
            cells.append(said(verdicts) + (" (!)" if wrong else ""))
        print(f"{edit.name:<44}{cells[0]:<28}{cells[1]}")
    return surprises


def run(folder: Path, *words: str, expected: int, into: str = "") -> None:
    """Run the command line as a person would, in `folder`; stop if it does not end as expected."""
    print(f"$ hashguard {' '.join(words)}{f' > {into}' if into else ''}")
    done = subprocess.run(  # noqa: S603 (the words are the literals below)
        [sys.executable, "-m", "hashguard", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if into:
        (folder / into).write_text(done.stdout, encoding="utf-8")
    else:
        print(done.stdout, end="")
    print(done.stderr, end="")
    if done.returncode != expected:
        sys.exit(f"the command ended with {done.returncode}, not with {expected}")


def make_list(folder: Path) -> HashList:
    """Hash the photographs and list their hashes, on the command line."""
    (folder / "photos").mkdir()
    for name in LISTED:
        (folder / "photos" / name).write_bytes((PHOTOS / name).read_bytes())
    run(folder, "hash", "photos", "--json", into="hashes.jsonl", expected=0)
    first = json.loads((folder / "hashes.jsonl").read_text().splitlines()[0])
    print(f"  {first['file']}: {first['hash'][:20]}... quality {first['quality']}, and so on\n")
    run(folder, "list", "build", "hashes.jsonl", "-o", "ncii.hgl", "--origin", "demo", expected=0)
    return HashList.load(folder / "ncii.hgl")


def match_some(folder: Path) -> None:
    """A few of the uploads once more, on the command line; status 1 says that some match."""
    cat = Image.open(PHOTOS / "cat.png").convert("RGB")
    uploads = {
        "again.jpg": saved(cat, quality=30),
        "blank.jpg": saved(blank(cat)),
        "mirrored.jpg": saved(ImageOps.mirror(cat)),
        "other.jpg": (PHOTOS / "sunset.jpg").read_bytes(),
    }
    (folder / "uploads").mkdir()
    for name, data in uploads.items():
        (folder / "uploads" / name).write_bytes(data)
    policy = ("--policy", "PDQ_STANDARD")
    run(folder, "match", "uploads", "--list", "ncii.hgl", *policy, expected=1)


def main() -> int:
    """Run the demo; returns its exit status."""
    started = perf_counter()
    with tempfile.TemporaryDirectory(prefix="hashguard-demo-") as name:
        folder = Path(name)
        print(f"1. List {len(LISTED)} photographs. Only their hashes leave the device.\n")
        hash_list = make_list(folder)
        print("\n2. Upload edited copies of all of them, and other photographs.\n")
        surprises = print_table(hash_list)
        print(AFTER_THE_TABLE)
        print("3. The same on the command line, for a few of them.\n")
        match_some(folder)
    print(NEXT)
    if surprises:
        print(f"{surprises} verdicts are not what the table promises; they are marked (!).")
        return 1
    print(f"Every verdict is as promised. Took {perf_counter() - started:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
