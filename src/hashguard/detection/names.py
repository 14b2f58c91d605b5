"""What was done to an upload to find a picture in it, as a person would say it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from hashguard.framing import Framing

_OWN = 0.002  # of the upload; an edge this near to the upload's is the upload's
_EVEN = 0.01  # of the upload; borders that differ by less are called one
_SAME_SIZE = 0.05  # of a panel's side
_TALL = 1.5  # times as high as wide is the screen of a phone
_LITTLE = 0.7  # of the upload at most shows the picture in a screenshot
_FILLED = 0.75  # of the upload; how much the panels of a collage show together
_OFF_MIDDLE = 0.15  # of a place in the grid; how far from its middle a panel may lie

_BARS = {
    (False, True, False, True): "bars above and below removed",
    (True, False, True, False): "bars left and right removed",
    (False, True, False, False): "bar above removed",
    (False, False, False, True): "bar below removed",
    (True, False, False, False): "bar at the left removed",
    (False, False, True, False): "bar at the right removed",
}


def names(framings: Sequence[Framing], borders: Sequence[bool], ratio: float) -> list[str]:
    """A name for each framing, different ones for the panels of a collage.

    borders: whether all that surrounds each has one colour. ratio: height to width of the upload.
    """
    return [
        _panel(framing, framings) or _name(framing, is_border, ratio)
        for framing, is_border in zip(framings, borders, strict=True)
    ]


def _name(framing: Framing, is_border: bool, ratio: float) -> str:
    removed = (framing.left, framing.top, 1 - framing.right, 1 - framing.bottom)
    real = tuple(share > _OWN for share in removed)
    little = (framing.right - framing.left) * (framing.bottom - framing.top) < _LITTLE
    if not is_border and ratio >= _TALL and little:
        return "picture in a screenshot"
    left, top, right, bottom = real
    if (left, top, right, bottom) in _BARS:
        return _BARS[left, top, right, bottom]
    if is_border and all(real) and max(removed) - min(removed) <= _EVEN:
        return f"border of {max(1, round(sum(removed) * 25))} % removed"
    return "border removed" if is_border else "picture in a picture"


def _panel(framing: Framing, framings: Sequence[Framing]) -> str:
    """Which panel of a collage it is, if another one of the same grid was found; or ""."""
    width, height = framing.right - framing.left, framing.bottom - framing.top
    columns, rows = round(1 / width), round(1 / height)
    if columns * rows < 2 or width * height * columns * rows < _FILLED:
        return ""
    others = [
        other
        for other in framings
        if abs(other.right - other.left - width) <= _SAME_SIZE * width
        and abs(other.bottom - other.top - height) <= _SAME_SIZE * height
        and (_place(other, columns, rows) != _place(framing, columns, rows))
    ]
    fits = all(_fits(one, columns, rows) for one in (framing, *others[:1]))
    if not others or not fits:
        return ""
    return f"panel {_place(framing, columns, rows) + 1} of {columns * rows}"


def _place(framing: Framing, columns: int, rows: int) -> int:
    column = int((framing.left + framing.right) / 2 * columns)
    row = int((framing.top + framing.bottom) / 2 * rows)
    return row * columns + column


def _fits(framing: Framing, columns: int, rows: int) -> bool:
    """Whether its middle is about that of a place in the grid."""
    across = (framing.left + framing.right) / 2 * columns % 1
    down = (framing.top + framing.bottom) / 2 * rows % 1
    return abs(across - 0.5) < _OFF_MIDDLE and abs(down - 0.5) < _OFF_MIDDLE
