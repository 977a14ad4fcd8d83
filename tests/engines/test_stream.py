"""A stream that the same template scales, and the application that reads it."""

import json
import re
import uuid
from types import SimpleNamespace

import boto3
import pytest
from conftest import ROOT
from package import uploaded
from stack import Application, PlainStack, Stream, Subscriber, eventually, user_topic
from test_command import reader  # noqa: F401, a fixture
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


def in_order(made):
    """Publishes everything that a stream without findings needs, and waits for a run."""
    for alarm in ("ShardsOutAlarm", "DrainedAlarm", "ThrottledAlarm"):
        made.stack.publish_to(made.stack.resources[alarm], 0.0)
    Subscriber(made.stack)
    made.stack.start_by_hand()
    return made


@pytest.fixture
def command(kpu):
    """Runs a command with --json, and returns the document."""

    def run(*arguments, code=0):
        done = kpu(*arguments, "--json")
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run


def levels(document):
    """Returns the level of each check that is not good."""
    return {finding["check"]: finding["level"] for finding in document["findings"] if finding["level"] != "good"}


def test_the_doctor_finds_nothing_on_a_healthy_stream(sharded, kpu, command):
    made = in_order(sharded(shards=2, GracePeriodSeconds=300, NotificationTopicArn=user_topic(f"ours-{uuid.uuid4()}")))
    found = command("doctor", "--stack", made.stack.name)
    assert levels(found) == {}
    assert (found["stream"], found["stack"]) == (made.stream.name, made.stack.name)
    assert command("doctor", "--stream", made.stream.name) == found, "the stack of a stream is found"
    text = kpu("doctor", "--stack", made.stack.name).stdout
    assert text.startswith(f"stream {made.stream.name} (stack {made.stack.name}, Region eu-central-1, account ")
    made.stream.tag("kpu-autoscaler.changes", "strange")
    assert levels(command("doctor", "--stack", made.stack.name, code=4)) == {"changes-of-a-day": "problem"}


def test_the_doctor_finds_the_problems_of_a_stream(sharded, command):
    made = sharded(shards=None, ApplicationName="nobody-reads-it", MinShards=2, MaxShards=8)
    found = levels(command("doctor", "--stack", made.stack.name, code=4))
    expected = {"capacity-mode": "problem", "age-metric": "problem", "reading-application": "warning", "scale-out-metric": "warning"}
    assert expected.items() <= found.items()
    assert not {"application", "kpu-quota", "snapshots"} & found.keys()


def test_the_plan_for_a_stream_is_its_next_step_and_changes_nothing(sharded, kpu, command):
    made = in_order(sharded(shards=2))
    # Nothing starts a run.
    boto3.client("events").disable_rule(Name=made.stack.resources["AlarmRule"])
    boto3.client("scheduler").delete_schedule(Name=made.stack.resources["Heartbeat"])
    # A change that is over, and whose end no run has recorded: a run would record it.
    unrecorded = f"1 to 2 at {made.stream.moment(hours=-2)} after"
    made.stream.tag("kpu-autoscaler.changes", unrecorded)
    set_breaching(made, "ThrottledAlarm", 500.0)
    plan = command("plan", "--stack", made.stack.name)["plan"]
    assert (plan["verdict"], plan["direction"]) == ("Breaching", "Out")
    assert plan["out"]["reason"] == "CoolingDown", "the change has ended at the time of its observation"
    assert made.stream.tags["kpu-autoscaler.changes"] == unrecorded, "the end is left for a run to record"
    made.stream.tag("kpu-autoscaler.changes", f"1 to 2 at {made.stream.moment(hours=-2)} until {made.stream.moment(hours=-1)} after")
    assert "next step     2 → 4 shards" in kpu("plan", "--stream", made.stream.name).stdout
    out = command("plan", "--stack", made.stack.name)["plan"]["out"]
    assert (out["fromShards"], out["toShards"]) == (2, 4)
    assert made.stream.shards == 2


def test_a_stream_is_paused_and_resumed(sharded, kpu, command):
    made = in_order(sharded(shards=2))
    assert "paused       out until " in kpu("pause", "--stack", made.stack.name, "--direction", "out", "--minutes", "60").stdout
    assert re.fullmatch(r"out until [0-9]{8}T[0-9]{6}Z", made.stream.tags["kpu-autoscaler.pause"])
    assert levels(command("doctor", "--stack", made.stack.name))["pause"] == "warning"
    set_breaching(made, "ThrottledAlarm", 500.0)
    held = made.stack.start_by_hand()
    assert (held.path[-1], held.output["scale"]["reason"]) == ("Held", "Paused")
    assert command("resume", "--stream", made.stream.name)["pause"] is None
    assert "kpu-autoscaler.pause" not in made.stream.tags
    boto3.client("stepfunctions").start_execution(stateMachineArn=made.stack.resources["StateMachine"], input="{}")
    eventually("it has four shards", lambda: made.stream.shards == 4)


def test_the_status_of_a_stream_shows_its_shards(sharded, kpu, command):
    made = in_order(sharded(shards=2))
    set_breaching(made, "ThrottledAlarm", 500.0)
    eventually("it has four shards", lambda: made.stream.shards == 4)
    made.stack.set_named("ThrottledAlarm", "OK")
    made.stack.next_run()
    text = kpu("status", "--stack", made.stack.name).stdout
    assert "stream       ACTIVE, 4 shards, bounds 1 to 8 shards" in text and "2 → 4 shards, then" in text
    assert "WriteProvisionedThroughputExceeded > 0" in text, "the alarm on throttled writes is listed"
    document = command("status", "--stream", made.stream.name)
    assert document["settings"]["shards"] == 4 and document["settings"]["onDemand"] is False


# A pipeline, with the processed template in place of its source. MiniStack lacks AWS::Serverless::Application, and processes no nested template.
PIPELINE = """
Parameters: {Location: {Type: String}, Stream: {Type: String}, Application: {Type: String}}
Resources:
  StreamScaling:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Ref Location
      Parameters: {Target: stream, KinesisStreamName: !Ref Stream, ScaleMetric: WriteUtilization, HeartbeatMinutes: "1", Architecture: x86_64}
  ApplicationScaling:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Ref Location
      Parameters: {ApplicationName: !Ref Application, KinesisStreamName: !Ref Stream, HeartbeatMinutes: "60", Architecture: x86_64}
"""


@pytest.fixture
def pipeline(deployed, tmp_path):
    """Creates a stream, an application, and a stack around the two stacks that scale them."""
    name = f"pipeline-{uuid.uuid4().hex[:8]}"
    stream, application = Stream(f"{name}-clicks", 2), Application(f"{name}-orders", 2)
    stacks = boto3.client("cloudformation")
    processed = stacks.get_template(StackName=deployed().stack.name, TemplateStage="Processed")["TemplateBody"]
    file = tmp_path / "processed.json"
    file.write_text(processed if isinstance(processed, str) else json.dumps(processed))
    given = {"Location": uploaded(f"{name}.json", file), "Stream": stream.name, "Application": application.name}
    stacks.create_stack(StackName=name, TemplateBody=PIPELINE, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
                        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()])
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 150})
    made = PlainStack(name)
    yield SimpleNamespace(stack=made, stream=stream, application=application)
    made.delete()


def test_the_commands_read_and_pause_both_stacks_of_a_pipeline(pipeline, kpu, command):
    documents = command("doctor", "--stack", pipeline.stack.name, code=4)["stacks"]
    assert [document.get("stream") or document["application"] for document in documents] == [pipeline.stream.name, pipeline.application.name]
    stacks = [finding for document in documents for finding in document["findings"] if finding["check"] == "stack"]
    assert [finding["level"] for finding in stacks] == ["good", "good"], "neither stack is a rival of the other"
    assert kpu("status", "--stack", pipeline.stack.name).stdout.count("(stack ") == 2
    plans = command("plan", "--stack", pipeline.stack.name)["stacks"]
    assert ("fromShards" in plans[0]["plan"]["out"], "fromKpus" in plans[1]["plan"]["out"]) == (True, True)
    text = kpu("pause", "--stack", pipeline.stack.name).stdout
    assert text.count("paused       all; kpu resume ends it") == 2
    tags = lambda: boto3.client("kinesisanalyticsv2").list_tags_for_resource(ResourceARN=pipeline.application.describe()["ApplicationARN"])["Tags"]
    assert pipeline.stream.tags["kpu-autoscaler.pause"] == "all"
    assert {"Key": "kpu-autoscaler.pause", "Value": "all"} in tags()
    assert kpu("resume", "--stack", pipeline.stack.name).returncode == 0
    assert "kpu-autoscaler.pause" not in pipeline.stream.tags and not tags()


def test_the_drill_of_a_pipeline_is_a_drill_of_each_stack(pipeline, command):
    before = (pipeline.stream.tags, pipeline.stream.shards, pipeline.application.describe()["ApplicationVersionId"])
    # No stack has a subscription, and nothing has been measured: an idle stream publishes no writes, which counts as 0.
    of_the_stream, of_the_application = command("drill", "--stack", pipeline.stack.name, "--wait", "10", code=4)["stacks"]
    assert (of_the_stream["stream"], of_the_application["application"]) == (pipeline.stream.name, pipeline.application.name)
    for document, resource, failed in [(of_the_stream, "stream", {"subscriptions"}),
                                       (of_the_application, "application", {"check-metric", "subscriptions"})]:
        found = {link["link"]: link["outcome"] for link in document["links"]}
        assert {link for link, outcome in found.items() if outcome == "failed"} == failed, document
        assert found[f"check-{resource}"] == found["quiet"] == found["notification"] == found["permissions"] == "passed"
    assert before == (pipeline.stream.tags, pipeline.stream.shards, pipeline.application.describe()["ApplicationVersionId"])


def test_all_stacks_are_listed_the_worst_first(sharded, deployed, kpu, command):
    scaled = in_order(sharded(shards=2))
    broken = deployed(kpus=2)
    boto3.client("scheduler").delete_schedule(Name=broken.stack.resources["Heartbeat"])
    done = kpu("doctor", "--all")
    assert done.returncode == 4, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if scaled.stack.name in line or broken.stack.name in line]
    lines.sort(key=lambda line: broken.stack.name not in line.split())
    assert lines[0].startswith("PROBLEM") and "heartbeat" in lines[0] and f"application {broken.application.name}" in lines[0]
    assert re.match(rf"(good   |warning)  {scaled.stack.name} +stream +{scaled.stream.name} ", lines[1]), lines[1]
    order = [line.split()[0] for line in done.stdout.splitlines() if line.startswith(("good", "warning", "PROBLEM"))]
    assert order == sorted(order, key=["PROBLEM", "warning", "good"].index)
    documents = command("doctor", "--all", code=4)["stacks"]
    assert {scaled.stack.name, broken.stack.name} <= {document["stack"] for document in documents}
    assert kpu("status", "--all").returncode == 0
    broken.application.delete()
    gone = kpu("status", "--all")
    assert gone.returncode == 2 and f"there is no application '{broken.application.name}'" in gone.stdout + gone.stderr
    assert kpu("plan", "--all").returncode == 2 and kpu("pause", "--all").returncode == 2


def test_the_listed_permissions_for_a_stream_are_sufficient_and_each_is_needed(sharded, reader):
    made = sharded(shards=2, GracePeriodSeconds=890)
    set_breaching(made, "ThrottledAlarm", 500.0)
    eventually("it has four shards", lambda: made.stream.shards == 4)
    page = (ROOT / "docs" / "reference" / "permissions.md").read_text()
    listed = lambda title: set(re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", page.split(f"## {title}\n")[1].split("\n## ")[0]))
    of_a_stream = {action for action in listed("Commands on a stack that scales a stream") if action.startswith("kinesis:")}
    assert len(of_a_stream) == 3
    common = {action for action in listed("Commands on a deployed stack") if action.split(":")[0] not in ("kinesisanalytics", "ec2", "servicequotas")}
    for command in ("doctor", "status", "plan"):
        output = reader(made, command, Action=sorted(common | of_a_stream))
        assert "not authorized" not in output, output
    for action in sorted(of_a_stream):
        assert f"perform: {action}" in reader(made, "doctor", Action=sorted((common | of_a_stream) - {action})), action


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
