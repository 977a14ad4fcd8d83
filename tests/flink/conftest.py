"""Options of the tests, and the modules of tests/engines."""

import sys
from pathlib import Path

import pytest

sys.path.insert(1, str(Path(__file__).parent.parent / "engines"))
# A failed comparison in a test that is imported shows its values too.
pytest.register_assert_rewrite("promises")


def pytest_addoption(parser):
    parser.addoption("--speed", type=float, default=10, help="seconds of the fast clock in a second; lower it on a slow machine")
    parser.addoption("--nightly", action="store_true", help="also runs the long tests")


def pytest_configure(config):
    config.addinivalue_line("markers", "nightly: a long test, which runs with --nightly")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--nightly"):
        for item in items:
            if item.get_closest_marker("nightly"):
                item.add_marker(pytest.mark.skip(reason="it runs with --nightly"))


@pytest.fixture(scope="session")
def speed(request):
    return request.config.getoption("--speed")
