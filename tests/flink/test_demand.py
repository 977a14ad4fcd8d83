"""Sizing by demand with the name of the application alone: one update out or two, and one in, in 75 minutes of the fast clock."""

from itertools import pairwise

import pytest
from load import Load
from play import Play
from promises import *  # noqa: F403

# The load grows for longer than the trend of the rule reaches back, from 60 % of twelve KPUs to 17 KPUs, and then falls to one.
RECORDS_PER_KPU = 25
PEAK, PEAK_END, LAST = 420, 25, 20
LOAD = Load([(0, 180), (7, 220), (9, 270), (11, 330), (13, PEAK), (PEAK_END, LAST)], minutes=75)
# The unneeded KPUs must reach the price of a restart before a scale-in. A clock of twice the speed shortens this to two minutes, and an update
# lasts as long as a slow one of MSF.
SPEED_FACTOR = 2
LATEST_END = 100
# The minutes after the last update of the scale-out within which no record waits.
DRAINED_WITHIN = 15
# Few keys are uneven: with 1024 on four subtasks the busiest one is saturated at a mean CPU of 88 %, which the rule does not take for saturation.
KEYS = 32768


@pytest.fixture(scope="module")
def run(speed):
    """Plays the load once, and reads everything that the tests compare."""
    job = {"keys": KEYS, "capacity": RECORDS_PER_KPU * SPEED_FACTOR * speed}
    with Play("demand", LOAD, kpus=12, speed=SPEED_FACTOR * speed, job=job, ScalingOperation="Demand") as play:
        play.until(LOAD.minutes + 1)
        play.until(LATEST_END, lambda: play.sizes[-1] < max(play.sizes) and play.is_drained() and not play.follows_an_update())
        play.read_result()
        yield play


def steps_out(run):
    return run.sizes.index(max(run.sizes))


def test_it_grows_with_the_load_and_then_shrinks(run):
    out, sizes = steps_out(run), run.sizes
    assert 1 <= out < len(sizes) - 1, sizes
    assert all(before < after for before, after in pairwise(sizes[:out + 1])), sizes
    assert all(before > after for before, after in pairwise(sizes[out:])), sizes
    assert max(sizes) * RECORDS_PER_KPU >= PEAK, sizes
    assert sizes[0] > sizes[-1] >= LAST / RECORDS_PER_KPU, sizes
    assert [update.status for update in run.updates] == ["RUNNING"] * len(run.updates)


def test_the_lag_is_drained_within_minutes_of_the_scale_out(run):
    last_out = run.updates[steps_out(run) - 1]
    assert max(run.lag_seconds(after=0)) > 60, "the load exceeds the capacity of twelve KPUs"
    assert min(run.lag_seconds(after=last_out.running, before=last_out.running + DRAINED_WITHIN)) < 1
    assert run.lag_seconds(after=run.updates[-1].running)[-1] < 1


def test_a_scale_in_waits_until_it_pays(run):
    first_in = run.updates[steps_out(run)]
    assert first_in.requested > PEAK_END + 30, "a smaller size must carry the highest load of half an hour"
    held = [each for each in run.result["runs"] if each.output.get("scale", {}).get("reason") == "NotCostEffective"]
    assert held and {each.status for each in run.result["runs"]} == {"SUCCEEDED"}
