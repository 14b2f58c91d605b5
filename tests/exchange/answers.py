"""Answers of NCMEC's interface as its documentation shapes them, made here."""

from tests.exchange.pages import hex_of

XMLNS = 'xmlns="https://hashsharing.ncmec.org/hashsharing/v2"'


def image(
    number: int,
    *,
    member: int = 42,
    name: str = "Example",
    hash_: str | None = None,
    more: str = "",
) -> str:
    """An image with all kinds of fingerprints. hash_: instead of its PDQ hash."""
    return f"""<image>
      <member id="{member}">{name}</member>
      <timestamp>2017-10-20T15:35:21Z</timestamp>
      <id>image{number}</id>
      <classification>A1</classification>
      <fingerprints>
        <md5>a{number:031x}</md5><sha1>a{number:039x}</sha1><pdna>a123...</pdna>
        <pdq>{hex_of(number) if hash_ is None else hash_}</pdq>
        <tmk-pdqf rel="self" href="/v2/entries/1/fingerprints/TMK_PDQF"/>
      </fingerprints>{more}
    </image>"""


def deleted(number: int, *, member: int = 42) -> str:
    """A tombstone."""
    return f"""<deletedImage>
      <member id="{member}">Example</member><id>image{number}</id>
      <timestamp>2017-10-21T15:35:21Z</timestamp>
    </deletedImage>"""


FEEDBACK = """
      <feedback lastUpdateTimestamp="2020-01-01T00:00:00Z">
        <affirmativeFeedback type="Md5"><members timestamp="2020-01-01T00:00:00Z">
          <member id="1">Not for PDQ</member></members></affirmativeFeedback>
        <affirmativeFeedback type="Pdq"><members timestamp="2020-01-01T00:00:00Z">
          <member id="2">Two</member><member id="3">Three</member></members></affirmativeFeedback>
        <negativeFeedback type="Pdq"><reasons>
          <reason guid="01234567-abcd-0123-4567-012345678900" name="Viral" type="Pdq">
            <members timestamp="2020-01-01T00:00:00Z"><member id="4">Four</member></members>
          </reason></reasons></negativeFeedback>
      </feedback>"""


def answer(*images: str, videos: str = "", following: str = "") -> bytes:
    """An answer of /v2/entries."""
    paging = f"<paging><next>{following}</next></paging>" if following else ""
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<queryResult {XMLNS}>
  {paging}
  <images count="{len(images)}" maxTimestamp="2017-10-24T15:10:00Z">{"".join(images)}</images>
  <videos count="0" maxTimestamp="2017-10-24T15:10:00Z">{videos}</videos>
</queryResult>""".encode()
