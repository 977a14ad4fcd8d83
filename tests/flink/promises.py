"""Tests of every play that scales: a module imports them, and has the fixture `run`."""

from pathlib import Path


def test_each_record_is_counted_exactly_once(run):
    """Keyed state has each record once, after all restarts: none is lost and none is doubled."""
    tallies = run.result["tallies"]
    assert sum(count for count, _, _ in tallies.values()) == run.load.records
    assert tallies == run.expected_tallies()


def test_each_update_takes_a_savepoint_and_restores_it(run):
    for update in run.updates:
        assert update.savepoint and (Path(update.savepoint.removeprefix("file:")) / "_metadata").exists()
        assert update.restored_from == update.savepoint
    assert [snapshot["SnapshotStatus"] for snapshot in run.result["snapshots"]] == ["READY"] * len(run.updates)


def test_updates_do_not_overlap(run):
    operations = run.result["operations"]
    assert [status for _, _, status in operations] == ["SUCCESSFUL"] * len(run.updates)
    assert all(earlier[1] <= later[0] for earlier, later in zip(operations, operations[1:]))


def test_each_scaling_is_published(run):
    messages = run.result["messages"]
    steps = list(zip(run.sizes, run.sizes[1:]))
    for before, after in steps:
        assert [message for message in messages if f"from {before} KPU to {after} KPU" in message], messages
    assert len(messages) == len(steps)


def test_the_built_in_autoscaling_is_disabled(run):
    assert not run.application.parallelism["AutoScalingEnabled"]
