"""The default policy on a running Flink job: one step out and one step in, in 40 minutes of the fast clock."""

import pytest
from load import Load
from play import Play
from promises import *  # noqa: F403
from versions import EACH

# Two KPUs process 100 records per second. MaxKpu bounds the first step, so that a slow start of Flink on a busy machine causes no second one.
LOAD = Load([(0, 60), (1, 120), (10, 70)], minutes=36)
# The restarts of a busy machine last longer on the fast clock.
LATEST_END = 80


@pytest.fixture(scope="module", params=EACH)
def run(speed, request):
    """Plays the load once, and reads everything that the tests compare."""
    flink = request.param
    with Play(f"orders-{flink.name}", LOAD, kpus=2, speed=speed, flink=flink, MinKpu=2, MaxKpu=6) as play:
        play.until(LOAD.minutes + 1)
        play.until(LATEST_END, lambda: len(play.updates) == 2 and play.is_drained() and not play.follows_an_update())
        play.read_result()
        yield play


def test_it_scales_out_and_then_in(run):
    assert run.sizes == [2, 6, 4]
    assert [update.status for update in run.updates] == ["RUNNING"] * 2


def test_the_lag_is_drained(run):
    out, last = run.updates[0], run.updates[1]
    assert max(run.lag_seconds(after=0)) > 30, "the load exceeds the capacity of two KPUs"
    assert min(run.lag_seconds(after=out.running)) < 1
    assert run.lag_seconds(after=last.running)[-1] < 1
    assert last.requested > out.running + 20, "the scale-in alarm needs 20 data points after the restart"


def test_a_restart_leaves_a_gap_in_the_metrics_and_does_not_scale(run):
    """A missing data point neither breaches nor fails an execution."""
    for update in run.updates:
        assert [gap for gap in run.gaps if update.requested - 1 <= gap <= update.running + 2], f"no gap at {update}"
    assert {each.status for each in run.result["runs"]} == {"SUCCEEDED"}
