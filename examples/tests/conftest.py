"""The daemons that the examples talk to."""

from __future__ import annotations

from typing import Iterator

import pytest
from serving import DEFAULT_PORT, is_free, serving


@pytest.fixture(scope="session")
def daemon_address() -> Iterator[str]:
    """The address of a daemon on a free port."""
    with serving(port=0) as address:
        yield address


@pytest.fixture
def default_daemon() -> Iterator[str]:
    """The address of a daemon where programs look unless told otherwise; skipped while somebody else listens there."""
    if not is_free(DEFAULT_PORT):
        pytest.skip(f"port {DEFAULT_PORT} is in use: somebody's daemon is not to be disturbed")
    with serving(port=None) as address:
        yield address
