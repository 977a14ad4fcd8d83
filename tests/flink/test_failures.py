"""Updates and jobs that fail: a parallelism at which the job cannot start, lost processes in the middle of an update, and a crash loop."""

import os
import signal

import boto3
import pytest
from load import Load
from play import Play
from versions import EACH

pytestmark = pytest.mark.nightly

# Two KPUs process 100 records per second, and six have drained the backlog before the end.
OVERLOAD = Load([(0, 60), (1, 120), (8, 70)], minutes=14)
LATEST_END = 40


def test_a_parallelism_that_fails_ends_as_a_typed_failure_and_a_notification(speed):
    with Play("limited", OVERLOAD, kpus=2, speed=speed, job={"failsAbove": 4}, MinKpu=2, MaxKpu=6) as play:
        play.until(LATEST_END, lambda: "READY" in [row["status"] for row in play.rows])
        failed = play.next_failed_run()
        assert (failed.status, failed.error) == ("FAILED", "ApplicationStopped")
        assert [status for _, _, status in play.application.operations()] == ["FAILED"]
        assert [message for message in play.messages() if "start the application" in message]


# The state machine follows the update from `starting` until a while after `running`, when the job has a checkpoint of its own.
@pytest.mark.parametrize(("victim", "moment"), [
    ("TaskManager", "starting"), ("JobManager", "starting"), ("TaskManager", "running"), ("JobManager", "running"), ("function", "starting")])
def test_the_loop_follows_an_update_in_which_a_process_is_lost(speed, victim, moment):
    """The data plane starts a lost process again, and the state machine retries a lost function."""
    with Play(f"lost-{victim.lower()}-{moment}", OVERLOAD, kpus=2, speed=speed, MinKpu=2, MaxKpu=6) as play:
        lost = []

        def is_due():
            begun = [event for event in play.events() if event["event"] == ("starting" if moment == "starting" else "submitted")]
            return len(begun) == 2 and (moment == "starting" or play.rows[-1]["samples"].get("numberOfCompletedCheckpoints", [0])[0] > 0)

        def kill():
            processes = [pid for name, pid in play.processes().items() if name.startswith(("Task" if victim == "TaskManager" else "Standalone"))]
            for pid in play.functions() if victim == "function" else processes:
                os.kill(pid, signal.SIGKILL)
                lost.append(pid)

        play.when(f"the {victim} is killed", is_due, kill)
        play.until(OVERLOAD.minutes + 1)
        play.until(LATEST_END, play.is_drained)
        assert lost
        assert play.sizes == [2, 6]
        assert play.updates[0].status == "RUNNING"
        assert play.tallies() == play.expected_tallies()
        assert {run.status for run in play.runs()} == {"SUCCEEDED"}
        assert [message for message in play.messages() if "from 2 KPU to 6 KPU" in message]


@pytest.mark.parametrize("flink", EACH)
def test_a_crash_loop_is_held(speed, flink):
    """The job fails again and again, and reads the records since its last checkpoint again, which keeps it busy. More KPUs do not help.

    The uptime would show the loop as well. MSF will remove it, so that the number of restarts must show the loop by itself.
    """
    crashes = {"crashFrom": 60, "crashAfterMs": int(100_000 / speed)}
    with Play(f"crashing-{flink.name}", Load([(0, 60)], minutes=60), kpus=2, speed=speed, job=crashes, flink=flink,
              withheld=["uptime"], MinKpu=2, MaxKpu=6) as play:
        breaching = lambda: [at for at, name, state in play.alarms if (name, state) == ("scale-out", "ALARM")]
        play.until(play.load.minutes, lambda: play.updates or (breaching() and play.minute > breaching()[0] + 5))
        assert max(row["samples"].get(flink.restarts, [0])[0] for row in play.rows) >= 2, "the job restarts"
        assert breaching(), "the CPU calls for more KPUs"
        assert play.sizes == [2]
        held = [check["why"] for run in play.runs() if (check := run.output["check"]).get("reason") == "RestartLoop"]
        assert held and "restarts within 30 minutes" in held[0], held
        listed = boto3.client("cloudwatch").list_metrics(Namespace="AWS/KinesisAnalytics")["Metrics"]
        assert {"fullRestarts", "numRestarts", "uptime"} & {each["MetricName"] for each in listed} == {flink.restarts}


def test_no_process_outlives_a_killed_run(speed):
    """Also the data plane ends, which the emulator had started, and not the test."""
    child = os.fork()
    if child == 0:
        try:
            with Play("killed", OVERLOAD, kpus=2, speed=speed, MinKpu=2, MaxKpu=6):
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the run was prepared, with Flink running"
    Play.wait_for_end_of("killed")
