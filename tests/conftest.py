"""What all tests share: the real photographs of the project, and a listener (told.py)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from hashguard.hashes import Pixels
from tests.told import Told

PHOTOS = Path(__file__).parents[1] / "fixtures" / "photos"

# Laws are not about time; what is has a bound of its own (timing.py).
settings.register_profile("laws", deadline=None)
settings.load_profile("laws")


def pytest_configure(config: pytest.Config) -> None:
    """Nothing that is told in a test may tell on anybody."""
    config.pluginmanager.register(Told(), "told")


@pytest.fixture(scope="session")
def photo_paths() -> Mapping[str, Path]:
    """Name to path of every photograph of fixtures/photos."""
    paths = {p.name: p for p in sorted(PHOTOS.iterdir()) if p.suffix in (".jpg", ".png")}
    assert len(paths) >= 12
    return paths


@pytest.fixture(scope="session")
def photographs(photo_paths: Mapping[str, Path]) -> Mapping[str, Pixels]:
    """Name to (h, w, 3) RGB of every photograph, read by Pillow, not by us."""
    return {name: np.asarray(Image.open(p).convert("RGB")) for name, p in photo_paths.items()}
