"""`kpu simulate` held to Flink: the same loads and policies in both, and the restart as long as it was measured.

Each run writes `fidelity.json` into its folder, from which `tests/flink/report` makes the table and the pictures of the documentation.
"""

import json
from statistics import fmean

import journal
import pytest
from load import RECORDS_PER_KPU, Load
from play import Play
from simulated import LAG_OBJECTIVE_SECONDS, simulate

pytestmark = pytest.mark.nightly

SEEDS = range(1, 6)
STEP_MINUTES = 8
MISSED_FACTOR = 2
CAPACITY_SHARE = 0.1

BOUNDS = {"MinKpu": 2, "MaxKpu": 8}
POLICIES = {
    "cpu": BOUNDS,
    "busy": {**BOUNDS, "ScaleMetric": "busyTimeMsPerSecond", "Statistic": "Maximum"},
}
# The model starts with the smallest size that the first half hour needs, here two KPUs. The backlogs are short, so that no second step out is
# a matter of chance.
LOADS = {
    "step": Load([(0, 40), (8, 115), (16, 45)], minutes=50),
    "ramp": Load([(0, 40), *[(6 + minute, 46 + 6 * minute) for minute in range(12)], (20, 40)], minutes=50),
    "burst": Load([(0, 40), (8, 150), (12, 40)], minutes=50),
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("load", LOADS)
def test_the_simulator_scales_as_the_running_job_does(speed, load, policy):
    with Play(f"{load}-{policy}", LOADS[load], kpus=2, speed=speed, **POLICIES[policy]) as play:
        play.until(LOADS[load].minutes)
    compare(play, load, policy)


def compare(play, load, policy):
    entries = journal.read(play.folder / "journal", play.zero, play.speed)
    downtimes = [seconds for update in play.updates if (seconds := journal.downtime(entries, update))]
    real = {
        "load": load, "policy": policy, "speed": play.speed,
        "steps": [(0, 2), *[(update.requested, update.kpus) for update in play.updates]],
        "downtimes": downtimes, "down": [(update.stopped, update.running) for update in play.updates if update.running],
        "missed": missed_minutes(play), "capacity": saturated(play, entries),
    }
    runs = [simulate(play.folder, RECORDS_PER_KPU, fmean(downtimes or [75]), seed, **POLICIES[policy]) for seed in SEEDS]
    real["simulated"] = [{"steps": run.steps, "missed": run.missed_minutes} for run in runs]
    (play.folder / "fidelity.json").write_text(json.dumps(real))

    alike = [run for run in runs if run.sizes == play.sizes]
    assert alike, f"real {real['steps']}, simulated {[run.steps for run in runs]}"
    assert any(all(abs(at - other) <= STEP_MINUTES for (at, _), (other, _) in zip(real["steps"], run.steps)) for run in alike)
    missed = [run.missed_minutes for run in runs]
    assert min(missed) / MISSED_FACTOR <= real["missed"] <= max(missed) * MISSED_FACTOR
    for kpus, records in real["capacity"]:
        assert abs(records - kpus * RECORDS_PER_KPU) <= CAPACITY_SHARE * kpus * RECORDS_PER_KPU


def missed_minutes(play):
    """Returns the minutes in which the oldest record that was not read is older than the objective. While the job does not run, it ages."""
    missed, read_until = [], 0.0
    for row in play.rows:
        second = row["minute"] * 60
        if row["samples"].get("millisBehindLatest"):
            read_until = second - max(row["samples"]["millisBehindLatest"]) / 1000
        if 0 <= second <= play.load.minutes * 60:
            missed.append(second - read_until > LAG_OBJECTIVE_SECONDS)
    return play.load.minutes * sum(missed) / len(missed)


def saturated(play, entries):
    """Returns pairs of a size and its records per second in minutes that end two minutes or more after all subtasks have become busy."""
    found, since = [], None
    for before, row in zip(play.rows, play.rows[1:]):
        busy = row["samples"].get("work.busy", [0])
        if before["kpus"] != row["kpus"] or len(busy) != row["kpus"] or min(busy) < 950:
            since = None
            continue
        since = since or row["minute"]
        if row["minute"] >= since + 2:
            found.append((row["kpus"], journal.capacity(entries, row["minute"] * 60 - 60, row["minute"] * 60)))
    return [(kpus, fmean(records for size, records in found if size == kpus)) for kpus in sorted({size for size, _ in found})]
