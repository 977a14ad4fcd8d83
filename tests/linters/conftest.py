"""The marker of the tests that .ci/run leaves to the nightly workflow."""


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: a slow linter on files with defects")
