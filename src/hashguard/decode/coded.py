"""What AV1 and HEVC streams state of their frames themselves.

A container may state a small picture and hold a large one, or 15 bits a sample where the
stream has 8: decoders allocate by one and write by the other. Only as much of the streams
is read as stands before these figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_SEQUENCE_HEADER = 1  # AV1 OBU type
_SPS = 33  # HEVC NAL unit type
_MAX_HEAD = 512  # bytes; the size stands within the first 100
_MAX_UNITS = 2**12

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class HevcFrame:
    """A sequence parameter set: coded size, size shown, chroma format, bits a sample."""

    coded: Size
    shown: Size
    chroma: int
    luma_bits: int
    chroma_bits: int


class _Bits:
    """Bits of a byte string, most significant first; IndexError at the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise IndexError
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        return (1 << zeros) - 1 + self.take(zeros)


def av1_sizes(data: memoryview) -> Iterator[Size]:
    """The largest frame that each sequence header among these OBUs allows."""
    at = 0
    for _ in range(_MAX_UNITS):
        if at + 2 > len(data):
            return
        head = data[at]
        at += 2 if head & 4 else 1
        size = len(data) - at
        if head & 2:
            size, at = _leb128(data, at)
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            try:
                yield _av1_sequence(_Bits(bytes(data[at : at + min(size, _MAX_HEAD)])))
            except IndexError:
                return
        at += size


def _leb128(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 56, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            break
    return value, at


def _av1_sequence(bits: _Bits) -> Size:
    bits.take(3 + 1)  # profile, still picture
    if bits.take(1):  # reduced header
        bits.take(5)
    else:
        delay_bits = _av1_timing(bits)
        initial_delay = bits.take(1)
        for _ in range(bits.take(5) + 1):
            bits.take(12)
            if bits.take(5) > 7:
                bits.take(1)
            if delay_bits and bits.take(1):
                bits.take(2 * delay_bits + 1)
            if initial_delay and bits.take(1):
                bits.take(4)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


def _av1_timing(bits: _Bits) -> int:
    """Skip the timing; bits of each decoder delay, 0 if there are none."""
    if not bits.take(1):
        return 0
    bits.take(64)
    if bits.take(1):
        bits.golomb()
    if not bits.take(1):
        return 0
    delay_bits = bits.take(5) + 1
    bits.take(32 + 5 + 5)
    return delay_bits


def hevc_config_frames(config: memoryview) -> Iterator[HevcFrame]:
    """The parameter sets in an hvcC box."""
    at = 23
    for _ in range(config[22] if len(config) > 22 else 0):
        count = int.from_bytes(config[at + 1 : at + 3])
        at += 3
        for _ in range(count):
            size = int.from_bytes(config[at : at + 2])
            yield from _hevc_unit(config[at + 2 : at + 2 + size])
            at += 2 + size
            if at > len(config):
                return


def hevc_stream_frames(data: memoryview, prefix: int) -> Iterator[HevcFrame]:
    """The parameter sets among NAL units with lengths of `prefix` bytes."""
    at = 0
    for _ in range(_MAX_UNITS):
        if at + prefix >= len(data):
            return
        size = int.from_bytes(data[at : at + prefix])
        yield from _hevc_unit(data[at + prefix : at + prefix + min(size, _MAX_HEAD)])
        at += prefix + size


def _hevc_unit(unit: memoryview) -> Iterator[HevcFrame]:
    if len(unit) < 3 or unit[0] >> 1 & 63 != _SPS:
        return
    # 0, 0, 3 stands for 0, 0: the 3 keeps start codes out of the stream.
    bits = _Bits(bytes(unit[2:_MAX_HEAD]).replace(b"\0\0\3", b"\0\0"))
    try:
        yield _hevc_sequence(bits)
    except IndexError:
        return


def _hevc_sequence(bits: _Bits) -> HevcFrame:
    bits.take(4)
    layers = bits.take(3)
    bits.take(1 + 88 + 8)
    present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for profile, level in present:
        bits.take(88 * profile + 8 * level)
    bits.golomb()
    chroma = bits.golomb()
    if chroma == 3:
        bits.take(1)
    width, height = bits.golomb(), bits.golomb()
    left = right = top = bottom = 0
    if bits.take(1):  # conformance window, in chroma samples
        left, right, top, bottom = (bits.golomb() for _ in range(4))
    across, down = {1: (2, 2), 2: (2, 1)}.get(chroma, (1, 1))
    shown = (width - across * (left + right), height - down * (top + bottom))
    return HevcFrame((width, height), shown, chroma, bits.golomb() + 8, bits.golomb() + 8)
