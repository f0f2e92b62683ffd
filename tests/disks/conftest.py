"""The disk that a test fills: once by each means there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.disks.small_disk import SmallDisk, means, small_disk


@pytest.fixture(params=means())
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(request.param, tmp_path / "disk") as made:
        yield made
