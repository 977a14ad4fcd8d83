"""A skewed key: one subtask is saturated, and the others are idle."""

import pytest
from load import Load
from play import Play

pytestmark = pytest.mark.nightly

# 30 % of the records have one key. Its subtask of eight processes 50 records per second, and so bounds the job to 130.
SKEWED = {"hot": 0.3}
LOAD = Load([(0, 175)], minutes=30)


@pytest.mark.parametrize(("policy", "alarm"), [
    pytest.param({}, "scale-in", id="default"),
    pytest.param({"ScaleMetric": "busyTimeMsPerSecond", "Statistic": "Maximum"}, "scale-out", id="busiest-subtask"),
])
def test_a_skewed_job_is_not_scaled_in_while_its_lag_grows(speed, request, policy, alarm):
    """The mean over the subtasks is low and calls for fewer KPUs. The published lag is against it, and the busiest subtask as well."""
    with Play(f"skewed-{request.node.callspec.id}", LOAD, kpus=8, speed=speed, job=SKEWED, MinKpu=2, MaxKpu=8, **policy) as play:
        play.until(LOAD.minutes, lambda: play.updates)
        lags = play.lag_seconds(after=5)
        assert lags[-1] > lags[0] + 60, "the lag grows"
        assert play.sizes == [8]
        assert {name for _, name, state in play.alarms if state == "ALARM"} == {alarm}
        reasons = [run.output["check"]["why"] for run in play.runs()]
        held = any("millisBehindLatest" in reason and "too much to scale in" in reason for reason in reasons)
        assert held or alarm == "scale-out", reasons
