"""The versions of Flink, for each of which `run` has unpacked the jars and compiled the job."""

from dataclasses import dataclass

import pytest
from engine import ROOT

FOLDER = ROOT / "target" / "flink"


@dataclass(frozen=True)
class Version:
    """A version by its number, and the name under which MSF publishes the number of restarts.

    Source: "Metrics and dimensions in Managed Service for Apache Flink". Flink 2.2 also deprecates `uptime`, which is published until a
    later version removes it.
    """

    number: str
    restarts: str

    @property
    def name(self):
        return "flink-" + self.number.replace(".", "-")

    @property
    def runtime(self):
        """The runtime environment of MSF."""
        return "FLINK-" + self.number.replace(".", "_")

    @property
    def job(self):
        return FOLDER / self.number / "job.jar"

    @property
    def jars(self):
        """The class path."""
        return ":".join(str(jar) for jar in sorted((FOLDER / self.number / "lib").glob("*.jar")))


FLINK_1_20 = Version("1.20", "fullRestarts")
FLINK_2_2 = Version("2.2", "numRestarts")

# The parameters of a test on both versions, the second one nightly.
EACH = [pytest.param(FLINK_1_20, id=FLINK_1_20.name), pytest.param(FLINK_2_2, id=FLINK_2_2.name, marks=pytest.mark.nightly)]
