"""Where bars with words end that have the colour of the picture's own edge. Pure.

Words stand in the middle of their bar: it is as high below them as above.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hashguard.detection.ground import Shown, Span, bands, length

_HIGHEST = 0.16  # of the upload's height have the words of a bar, at most
_LINES = 2  # of words in a bar, at most
_ALIKE = 1.6  # times as high as the first line is the second, at most
_TAILS = 0.35  # of the fullest row of a line has more than the tails of letters below it
_OFF = 2  # cells by which words may stand off the middle


def between_words(shown: Shown) -> Iterator[Span]:
    """From a bar above to one below, in rows; to the end of the upload where there is no bar.

    Whether one or two lines are words, or the second one belongs to the picture, is not known.
    Below a bar only, the picture may also have as wide a margin above as at its end.
    """
    height = len(shown)
    rows = bands(shown)
    above = list(_bars(shown, rows, tails_last=True))
    turned = [(height - stop, height - start) for start, stop in rows[::-1]]
    below = list(_bars(shown[::-1], turned, tails_last=False))
    if above and below:
        for number in range(max(len(above), len(below))):
            top, bottom = above[min(number, len(above) - 1)], below[min(number, len(below) - 1)]
            if top + bottom < height:
                yield top, height - bottom
    for top in above if not below else []:
        yield top, height
    for bottom in below if not above else []:
        yield 0, height - bottom
    if above and not below:
        first = next((start for start, _ in rows if start >= above[0] - _OFF), height)
        margin = height - rows[-1][1]
        if first > margin:
            yield first - margin, height


def _bars(shown: Shown, rows: list[Span], *, tails_last: bool) -> Iterator[int]:
    """How high a bar at the top is, if one line is words, and if two are.

    tails_last: whether letters hang down into what lies farther from the top.
    """
    ink = shown.sum(axis=1)
    for count in range(1, min(_LINES, len(rows) - 1) + 1):
        start, stop = rows[0][0], rows[count - 1][1]
        line = rows[count - 1] if tails_last else rows[0]
        full = np.flatnonzero(ink[line[0] : line[1]] >= _TAILS * ink[line[0] : line[1]].max())
        if tails_last:
            stop = line[0] + int(full[-1]) + 1
        else:
            start = line[0] + int(full[0])
        are_lines = length(rows[count - 1]) <= _ALIKE * length(rows[0])
        is_bar = stop - start <= _HIGHEST * len(shown) and rows[count][0] >= start + stop - _OFF
        if are_lines and is_bar:
            yield start + stop
