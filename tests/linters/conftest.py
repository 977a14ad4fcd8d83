"""The marker of the tests that .ci/run leaves to the nightly workflow."""


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: a defect that a slow linter finds")
