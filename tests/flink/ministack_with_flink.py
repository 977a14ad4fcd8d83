"""Starts MiniStack with a fast clock, the hooks of tests/engines, and Flink as the data plane of MSF."""

import sys
from pathlib import Path

import clock

clock.install()
sys.path.insert(0, str(Path(__file__).parent.parent / "engines"))

import hooks  # noqa: E402
import plane  # noqa: E402
from hooks import applications, schedules  # noqa: E402
from ministack.app import main  # noqa: E402

hooks.install()
# The clock is fast already, so that a minute of the heartbeat is a minute.
schedules.MINUTE = 60
plane.install(applications)
main()
