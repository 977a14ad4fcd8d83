"""A stream that the same template scales, and the application that reads it."""

import re
from types import SimpleNamespace

import boto3
import pytest
from stack import Subscriber, Stream, eventually
from test_permissions import Role


@pytest.fixture
def sharded(deployed, request):
    """Creates a stream and a stack that scales it."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")[:60].strip("-")

    def make(shards=2, **parameters):
        stream = Stream(name, shards)
        given = {"Target": "stream", "KinesisStreamName": name, "ScaleMetric": "WriteUtilization", "HeartbeatMinutes": 1,
                 "MaxShards": 8, "GracePeriodSeconds": 30, **parameters}
        made = deployed(application=SimpleNamespace(name=""), **given)
        return SimpleNamespace(stream=stream, stack=made.stack)

    return make


def set_breaching(made, alarm, value):
    made.stack.publish_to(made.stack.resources[alarm], value)
    made.stack.set_named(alarm, "ALARM")


def test_throttled_writes_double_the_shards(sharded):
    made = sharded(shards=2)
    subscriber = Subscriber(made.stack)
    set_breaching(made, "ThrottledAlarm", 500.0)
    eventually("it has four shards", lambda: made.stream.shards == 4)
    text = subscriber.next_message()["Message"]
    assert "from 2 shards to 4 shards." in text and "Cause: WriteProvisionedThroughputExceeded is 500 > 0" in text
    # The tag records the change and its end.
    words = eventually("the tag has the end of the change", lambda: " until " in made.stream.tags["kpu-autoscaler.changes"]
                       and made.stream.tags["kpu-autoscaler.changes"])
    assert words.startswith("2 to 4 at ") and words.endswith(" after")


def test_a_low_load_halves_the_shards_after_all_records_are_read(sharded):
    made = sharded(shards=8, ScaleInFactor="2")
    set_breaching(made, "ShardsInAlarm", 1.0)
    made.stack.publish_to(made.stack.resources["ThrottledAlarm"], 0.0)
    run = made.stack.start_by_hand()
    assert (run.path[-1], made.stream.shards) == ("Quiet", 8), "no alarm shows that all records are read"
    set_breaching(made, "DrainedAlarm", 2.0)
    eventually("it has four shards", lambda: made.stream.shards == 4)


def test_a_stream_without_writes_has_no_data_of_writes(sharded):
    """The metrics of records and throttling have no data, and the metric of the age of unread records has."""
    made = sharded(shards=8, ScaleInFactor="2")
    made.stack.set_named("ShardsInAlarm", "ALARM")
    assert made.stack.start_by_hand().path[-1] == "Quiet", "no alarm shows that all records are read"
    set_breaching(made, "DrainedAlarm", 0.0)
    eventually("it has four shards", lambda: made.stream.shards == 4)


def test_the_last_changes_of_a_day_are_kept_for_scaling_out(sharded):
    made = sharded(shards=4, ScaleInFactor="2")
    changes = lambda count: " ".join(made.stream.moment(hours=-2 - hour) for hour in range(count))
    newest = f"2 to 4 at {made.stream.moment(hours=-1)} until {made.stream.moment(hours=-1)} after"
    made.stream.tag("kpu-autoscaler.changes", f"{newest} {changes(7)}")
    made.stack.publish_to(made.stack.resources["ThrottledAlarm"], 0.0)
    for alarm in ("ShardsInAlarm", "DrainedAlarm"):
        set_breaching(made, alarm, 1.0)
    # A later scale-out from two to eight shards needs two changes.
    assert made.stack.start_by_hand().output["scale"]["reason"] == "DailyLimit"
    for alarm in ("ShardsInAlarm", "DrainedAlarm"):
        made.stack.set_named(alarm, "OK")
    set_breaching(made, "ThrottledAlarm", 500.0)
    eventually("it has eight shards", lambda: made.stream.shards == 8)


def test_a_stream_on_demand_is_rejected(sharded):
    made = sharded(shards=None)
    run = made.stack.start_by_hand()
    assert (run.status, run.error) == ("FAILED", "TaskFailed")
    assert "its capacity is on demand, so that Kinesis scales it itself" in run.cause


def test_its_shards_are_a_metric(sharded):
    """The functions write the number of shards to their log as a metric, which an alarm watches."""
    made = sharded(shards=2, NotificationEmail="team@example.org")
    run = made.stack.start_by_hand()
    assert run.output["check"]["units"] == 2
    alarm = boto3.client("cloudwatch").describe_alarms(AlarmNames=[made.stack.resources["PinnedAtMaximumAlarm"]])["MetricAlarms"][0]
    assert alarm["Dimensions"] == [{"Name": "Stream", "Value": made.stream.name}]


def test_an_application_waits_for_the_shards_of_its_stream(deployed, sharded):
    """Two independent stacks of one template: the second reads the number of shards that the first has set."""
    upstream = sharded(shards=4)
    made = deployed(kpus=4, SourcePartitions="shards", KinesisStreamName=upstream.stream.name, ScaleOutFactor="2", MaxKpu=8)
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert (run.path[-1], run.output["scale"]["reason"], made.application.kpus) == ("Held", "AtMaximumParallelism", 4)
    set_breaching(upstream, "ThrottledAlarm", 500.0)
    eventually("the stream has eight shards", lambda: upstream.stream.shards == 8)
    made.stack.start_by_hand()
    assert made.application.kpus == 8


# The role, and the permission that is removed from it.
PERMISSIONS = [
    ("Check", "kinesis:DescribeStreamSummary"),
    ("Check", "kinesis:ListTagsForStream"),
    ("Scale", "kinesis:DescribeStreamSummary"),
    ("Scale", "kinesis:ListTagsForStream"),
    ("Scale", "kinesis:AddTagsToStream"),
    ("Scale", "kinesis:UpdateShardCount"),
    ("Poll", "kinesis:DescribeStreamSummary"),
    ("Poll", "kinesis:ListTagsForStream"),
    ("Poll", "kinesis:AddTagsToStream"),
]


@pytest.mark.parametrize(("task", "action"), PERMISSIONS)
def test_without(sharded, task, action):
    made = sharded(shards=2)
    role = Role(made.stack, task)
    asked = {asked for asked in role.actions if asked.startswith("kinesis:")}
    assert asked == {asked for name, asked in PERMISSIONS if name == task}
    role.remove(action)
    set_breaching(made, "ThrottledAlarm", 500.0)
    failed = lambda: [run for run in map(made.stack.end_of, made.stack.new_runs()) if run.status == "FAILED"]
    run = eventually("a run fails", failed)[-1]
    assert action in run.cause and "AccessDenied" in run.cause
    if task == "Poll":
        eventually("the started change completes", lambda: made.stream.shards == 4)
    else:
        assert made.stream.shards == 2
