"""Our fast PDQ equals its readable twin and the field's `pdqhash`, in every orientation."""

import time

import numpy as np
import pdqhash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hashguard.hashers import pdq, pdq_reference
from hashguard.hashers.orientation import Orientation, turn
from hashguard.hashers.pdq import Sampling, hash_orientations, hash_pixels, separability
from hashguard.hashers.tent import buffers
from hashguard.hashers.thumbnail import thumbnail
from hashguard.hashes import CLEAR, Algorithm, Hash, Hashed, Pixels

ODD_SHAPES = [
    (5, 5),
    (5, 3000),
    (3000, 5),
    (63, 63),
    (64, 64),
    (65, 65),
    (127, 127),
    (128, 128),
    (129, 129),
    (511, 511),
    (512, 512),
    (513, 513),
    (1000, 7),
    (257, 64),
    (480, 640),
]


def noise(shape: tuple[int, int], seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


def smooth(shape: tuple[int, int], seed: int) -> Pixels:
    """A random field whose hills are some eighth of each side wide, different in each channel."""
    rng = np.random.default_rng(seed)
    height, width = shape
    rows, columns = np.linspace(0, 8, height), np.linspace(0, 8, width)
    field = np.zeros((height, width, 3))
    for _ in range(24):
        amplitude, phase = rng.normal(size=3), rng.uniform(0, 2 * np.pi, 2)
        wave = np.outer(
            np.cos(rng.uniform(0, 3) * rows + phase[0]),
            np.cos(rng.uniform(0, 3) * columns + phase[1]),
        )
        field += wave[..., None] * amplitude
    field = (field - field.min()) / (field.max() - field.min())
    scaled: Pixels = (field * 255).astype(np.uint8)
    return scaled


def judge(pixels: Pixels) -> tuple[NDArray[np.uint8], int]:
    """256 bits, most significant first, and quality, as `pdqhash` has them."""
    bits, quality = pdqhash.compute(np.ascontiguousarray(pixels))
    return np.asarray(bits, dtype=np.uint8), quality


def bits_of(hashed: Hashed) -> NDArray[np.uint8]:
    bits: NDArray[np.uint8] = np.unpackbits(hashed.hash.code)
    return bits


def tied_bits(pixels: Pixels) -> NDArray[np.bool_]:
    """Which bits, most significant first, lie within the float error of the median."""
    flat = pdq.coefficients(buffers(pixels)[0]).ravel()
    median = np.partition(flat, 127)[127]
    tied: NDArray[np.bool_] = (np.abs(flat - median) <= pdq.TIE_EPSILON)[::-1]
    return tied


@pytest.mark.parametrize("shape", ODD_SHAPES)
@pytest.mark.parametrize("make", [noise, smooth])
def test_every_clear_bit_and_the_quality_are_those_of_pdqhash(make, shape):
    """On random fields of odd shapes; a bit within float error of the median may go either way."""
    for seed in range(3):
        pixels = make(shape, seed)
        hashed = hash_pixels(pixels)
        bits, quality = judge(pixels)
        assert hashed.quality == quality
        assert not ((bits_of(hashed) != bits) & ~tied_bits(pixels)).any()


@pytest.mark.parametrize("shape", [shape for shape in ODD_SHAPES if min(shape) > 60])
@pytest.mark.parametrize("seed", range(3))
def test_noise_has_few_ties_and_all_its_other_bits_are_those_of_pdqhash(shape, seed):
    pixels = noise(shape, seed)
    bits, _ = judge(pixels)
    clear = ~tied_bits(pixels)
    assert clear.sum() >= 250
    assert (bits_of(hash_pixels(pixels)) == bits)[clear].all()


PLAIN = {
    "black": np.zeros((300, 400, 3), np.uint8),
    "white": np.full((300, 400, 3), 255, np.uint8),
    "grey": np.full((97, 1001, 3), 119, np.uint8),
    "gradient": np.repeat(np.tile(np.arange(256, dtype=np.uint8), (256, 1))[..., None], 3, axis=2),
    "diagonal": np.repeat(
        (np.add.outer(np.arange(200), np.arange(200)) * 255 // 398).astype(np.uint8)[..., None],
        3,
        axis=2,
    ),
    "checkerboard": np.repeat(
        ((np.indices((256, 256)) // 32).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None],
        3,
        axis=2,
    ),
    "one edge": np.repeat(
        np.where(np.arange(320) < 100, 0, 255).astype(np.uint8)[None, :].repeat(240, 0)[..., None],
        3,
        axis=2,
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_pictures_agree_in_quality_and_in_every_bit_that_is_no_tie(name):
    """Whole numbers must survive the filter: 254.99998 for white would lower the quality."""
    hashed = hash_pixels(PLAIN[name])
    bits, quality = judge(PLAIN[name])
    assert hashed.quality == quality
    assert not ((bits_of(hashed) != bits) & ~tied_bits(PLAIN[name])).any()


@pytest.mark.parametrize(
    ("name", "ties"),
    [("black", 256), ("white", 256), ("grey", 256), ("gradient", 256), ("one edge", 256)],
)
def test_plain_pictures_say_how_many_bits_rounding_decided(name, ties):
    """What varies along one axis only has no two-dimensional frequency: all bits are ties."""
    assert hash_pixels(PLAIN[name]).ties == ties


def test_photographs_have_no_ties_to_speak_of(photographs):
    assert all(hash_pixels(pixels).ties <= 8 for pixels in photographs.values())


def test_photographs_hash_as_pdqhash_hashes_them(photographs):
    for pixels in photographs.values():
        hashed = hash_pixels(pixels)
        bits, quality = judge(pixels)
        assert hashed.quality == quality
        assert (bits_of(hashed) == bits).all()


def test_fast_and_readable_pdq_agree_on_photographs(photographs):
    for name in ("cat.png", "rocket.jpg", "meadow.jpg"):
        fast, slow = hash_pixels(photographs[name]), pdq_reference.hash_pixels(photographs[name])
        assert (fast.hash, fast.quality) == (slow.hash, slow.quality)


def clarity_of(hashed: Hashed) -> NDArray[np.uint8]:
    assert hashed.clarity is not None
    return hashed.clarity


def clarity_by_hand(pixels: Pixels) -> list[int]:
    """Slowly: the rank of each coefficient by how far it is from the lower median."""
    (buffer,) = buffers(pixels)
    flat = pdq.coefficients(buffer).ravel().tolist()
    median = sorted(flat)[127]
    order = sorted(range(256), key=lambda at: abs(flat[at] - median))
    ranks = {at: rank for rank, at in enumerate(order)}
    return [min(ranks[255 - bit], CLEAR) for bit in range(256)]  # the last is the first bit


def test_clarity_is_that_of_the_twin(photographs):
    for pixels in photographs.values():
        assert clarity_of(hash_pixels(pixels)).tolist() == clarity_by_hand(pixels)


def test_of_bits_that_are_as_clear_the_earlier_comes_first():
    """In stacks of any shape; zeros of either sign are alike."""
    above = np.random.default_rng(5).integers(-9, 10, (2, 3, 256)).astype(np.float32)
    above[0, 0] = 0
    above[0, 0, ::2] = -0.0
    for place in np.ndindex(2, 3):
        order = sorted(range(256), key=lambda at: abs(above[place][at]))
        ranks = np.empty(256, int)
        ranks[order] = np.minimum(np.arange(256), CLEAR)
        assert pdq.clarity_of(above)[place].tolist() == ranks.tolist()


def test_what_a_picture_is_clear_about_stays_and_the_rest_flips(photographs):
    """Why bits are weighed: what a small copy flips, the picture was never sure of."""
    flipped: list[int] = []
    for pixels in photographs.values():
        small = hash_pixels(np.ascontiguousarray(pixels[::3, ::3]))
        differ = bits_of(hash_pixels(pixels)) != bits_of(small)
        flipped += clarity_of(small)[differ].tolist()
    assert len(flipped) > 100
    assert np.mean(flipped) < 0.6 * CLEAR  # of all bits it is nearly CLEAR


@pytest.mark.parametrize("way", Orientation)
def test_the_clarity_of_an_orientation_is_that_of_the_turned_picture(photographs, way):
    """But for neighbours in rank, which the order of additions may exchange."""
    pixels = photographs["dogs.jpg"]
    turned = clarity_of(hash_pixels(np.ascontiguousarray(turn(pixels, way)))).astype(int)
    assert np.abs(clarity_of(hash_orientations(pixels)[way]) - turned).max() <= 1


@pytest.mark.parametrize("shape", [(6000, 6000), (200, 40_000), (40_000, 200), (3000, 4000, 3)])
def test_hashing_stays_on_the_thread_that_asked(shape):
    """Others that spin beside it take a processor from whoever hashes there."""
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    shares = []
    for _ in range(5):
        everyone, mine = time.process_time(), time.thread_time()
        thumbnail(pixels)
        hash_pixels(pixels)
        shares.append((time.process_time() - everyone) / (time.thread_time() - mine))
    assert min(shares) < 1.2


@settings(max_examples=60)
@given(
    height=st.integers(1, 140),
    width=st.integers(1, 140),
    channels=st.sampled_from([(), (3,)]),
    seed=st.integers(0, 2**32 - 1),
)
def test_fast_and_readable_pdq_agree_on_any_small_picture(height, width, channels, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, *channels), np.uint8)
    fast, slow = hash_pixels(pixels), pdq_reference.hash_pixels(pixels)
    assert fast.quality == slow.quality
    if min(height, width) >= pdq.MIN_SIDE:
        clear = ~tied_bits(pixels)
        assert (bits_of(fast) == bits_of(slow))[clear].all()
    else:
        assert fast.hash == slow.hash


@pytest.mark.parametrize("shape", [(4, 900), (900, 4), (1, 1), (4, 4)])
def test_a_side_under_five_pixels_has_quality_zero(shape):
    hashed = hash_pixels(noise(shape, 1))
    assert (hashed.quality, hashed.hash.hex) == (0, "00" * 32)
    assert set(hash_orientations(noise(shape, 1)).values()) == {hashed}


def test_orientations_equal_hashing_the_turned_pixels(photographs):
    """0 bits and the same quality, for all eight, in colour and in luma."""
    for pixels in photographs.values():
        for picture in (pixels, pixels[..., 1]):
            for orientation, hashed in hash_orientations(picture).items():
                turned = np.ascontiguousarray(turn(picture, orientation))
                assert hash_pixels(turned) == hashed, orientation


@pytest.mark.parametrize("shape", ODD_SHAPES)
def test_orientations_are_exact_on_noise_of_odd_shapes(shape):
    pixels = noise(shape, 3)
    for orientation, hashed in hash_orientations(pixels).items():
        turned = hash_pixels(np.ascontiguousarray(turn(pixels, orientation)))
        assert turned.quality == hashed.quality
        assert turned.hash.distance(hashed.hash) <= hashed.ties


def test_the_eight_orientations_are_the_eight_symmetries_of_a_square():
    """Each maps the corners differently, and as its name says."""
    square = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    seen = {o: tuple(turn(square, o).ravel().tolist()) for o in Orientation}
    assert len(set(seen.values())) == 8
    assert seen[Orientation.TURNED_RIGHT] == (3, 1, 4, 2)
    assert seen[Orientation.TURNED_LEFT] == (2, 4, 1, 3)
    assert seen[Orientation.MIRRORED] == (2, 1, 4, 3)
    assert seen[Orientation.FLIPPED] == (3, 4, 1, 2)
    mirrored = turn(square, Orientation.MIRRORED)
    for orientation, then in (
        (Orientation.TRANSPOSED, Orientation.TURNED_LEFT),
        (Orientation.TRANSVERSED, Orientation.TURNED_RIGHT),
    ):
        assert seen[orientation] == tuple(turn(mirrored, then).ravel().tolist())


def test_views_hash_like_their_copies(photographs):
    """Transposed, reversed, strided and read-only memory, as EXIF and the decoder hand it over."""
    pixels = photographs["cat.png"]
    frozen = pixels.copy()
    frozen.flags.writeable = False
    padded = np.dstack([pixels, np.full(pixels.shape[:2], 77, np.uint8)])
    views = [turn(pixels, o) for o in Orientation] + [pixels[::2, 1::3], pixels[..., 0], frozen]
    views += [turn(padded[..., :3], o) for o in Orientation] + [padded[3:-5, 7:-2, :3]]
    views += [pixels[..., ::-1], np.asfortranarray(pixels)]
    for view in views:
        assert hash_pixels(view) == hash_pixels(np.ascontiguousarray(view))


def test_nn512_is_full_on_pixels_picked_by_integer_division(photographs):
    for pixels in photographs.values():
        height, width = pixels.shape[:2]
        if max(height, width) <= 512:
            picked = pixels
        else:
            rows = [i * height // 512 for i in range(512)]
            columns = [i * width // 512 for i in range(512)]
            picked = pixels[rows][:, columns]
        assert hash_pixels(pixels, sampling=Sampling.NN512) == hash_pixels(picked)
        for orientation, hashed in hash_orientations(pixels, sampling=Sampling.NN512).items():
            assert hashed == hash_pixels(np.ascontiguousarray(turn(picked, orientation)))


@pytest.mark.parametrize("shape", [(512, 512), (512, 513), (513, 512), (5, 513)])
def test_nn512_begins_at_513_pixels(shape):
    pixels = noise(shape, 5)
    same = hash_pixels(pixels, sampling=Sampling.NN512) == hash_pixels(pixels)
    assert same is (max(shape) <= 512)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((9, 9, 4), np.uint8),
        np.zeros((9, 9, 1), np.uint8),
        np.zeros(9, np.uint8),
        np.zeros((9, 9), np.float32),
    ],
)
def test_other_arrays_are_the_callers_mistake(pixels):
    with pytest.raises(ValueError, match="pixels must be"):
        hash_pixels(pixels)


def test_many_threads_share_nothing_that_matters(photographs):
    """The workspace of a thread is its own: mixed sizes in parallel give the same hashes."""
    from concurrent.futures import ThreadPoolExecutor

    pictures = list(photographs.values()) * 4
    expected = [hash_pixels(p) for p in pictures]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(hash_pixels, pictures)) == expected


def of_signs(rows, columns) -> Hash:
    """A hash whose bits say whether two signs are the same."""
    return Hash(Algorithm.PDQ, np.packbits(np.equal.outer(rows, columns)).tobytes())


def test_a_hash_that_one_row_and_one_column_explain_is_separable():
    rng = np.random.default_rng(3)
    rows, columns = rng.integers(0, 2, (2, 16))
    made = of_signs(rows, columns)
    assert separability(made) == pytest.approx(1)
    # The bits of another 4 x 4 square of it: a little less, and the same from whichever side.
    bits = np.unpackbits(made.code).reshape(16, 16)
    bits[3:7, 9:13] ^= 1
    less = separability(Hash(Algorithm.PDQ, np.packbits(bits).tobytes()))
    assert 0.75 < less < 0.95
    assert separability(Hash(Algorithm.PDQ, np.packbits(bits.T).tobytes())) == pytest.approx(less)
    assert separability(Hash(Algorithm.PDQ, rng.bytes(32))) < 0.6


def test_what_is_one_pattern_in_the_light_of_another_is_separable(photographs):
    """A curtain, the lines of a table, the swell: even where noise keeps their ties away."""
    rng = np.random.default_rng(4)
    for _ in range(10):
        across, down = (np.repeat(rng.uniform(0.3, 1, 24), 20) for _ in range(2))
        noisy = (np.outer(down, across) * 255 + rng.normal(0, 4, (480, 480))).clip(0, 255)
        hashed = hash_pixels(noisy.astype(np.uint8))
        assert hashed.quality == 100
        assert hashed.ties <= 8
        assert separability(hashed.hash) > 0.75
    assert max(separability(hash_pixels(one).hash) for one in photographs.values()) < 0.7
