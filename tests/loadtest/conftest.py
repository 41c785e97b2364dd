"""An installation for load tests: `aforo up` on an empty folder, shared by the tests of a file."""

from collections.abc import Iterator

import pytest

from loadtest.target import Target, own_installation


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with own_installation(processes=1) as target:
        yield target
