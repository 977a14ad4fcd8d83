"""`kpu drill` on deployed stacks: a healthy drill, and each link broken in turn."""

import json

import boto3
import pytest
from stack import Subscriber
from test_command import healthy
from test_permissions import Role
from test_stream import in_order, sharded  # noqa: F401, a fixture

# Seconds until the drill gives up waiting for an execution that a test prevents.
WAIT = ["--wait", "5"]


@pytest.fixture
def links(kpu):
    """Runs the drill, and returns outcome and text by link."""

    def of(made, *arguments, code, **environment):
        done = kpu("drill", "--stack", made.stack.name, "--json", *arguments, **environment)
        assert done.returncode == code, done.stdout + done.stderr
        found = json.loads(done.stdout)["links"]
        return {link["link"]: (link["outcome"], link["message"] + " → " + link.get("remedy", "")) for link in found}

    return of


def state(made):
    """The state that a drill leaves as it was: the alarm, the pause and the application."""
    application = made.application.describe()
    tags = boto3.client("kinesisanalyticsv2").list_tags_for_resource(ResourceARN=application["ApplicationARN"])["Tags"]
    return made.stack.alarm("Out")["StateValue"], tags, application["ApplicationVersionId"], made.application.kpus


def test_a_healthy_drill_passes_every_link_and_changes_nothing(deployed, kpu):
    made = healthy(deployed)
    before = state(made)
    done = kpu("drill", "--stack", made.stack.name, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    outcomes = {link["link"]: link["outcome"] for link in document["links"]}
    assert set(outcomes.values()) == {"passed"} and len(outcomes) == 13, outcomes
    times = [link["at"] for link in document["links"] if link["link"] in ("execution", "quiet")]
    assert len(times) == 2 and times == sorted(times)
    run = made.stack.end_of(made.stack.new_runs()[0])
    assert run.path[-1] == "Quiet" and "kpu drill" in run.output["detail"]["state"]["reason"]
    assert state(made) == before
    text = kpu("drill", "--stack", made.stack.name).stdout
    assert "13 links: 13 passed, 0 failed, 0 unknown" in text and "| assumption | result | observed |" in text


def test_the_test_notification_says_that_it_is_a_drill(deployed, kpu):
    made = deployed()
    subscriber = Subscriber(made.stack)
    kpu("drill", "--stack", made.stack.name)
    message = subscriber.next_message()
    assert message["Subject"] == f"Drill: test notification of {made.stack.name}"[:99]
    assert message["Message"].startswith("This is a drill. Nothing was scaled, and no action is needed.\n")


def test_the_assumptions_can_be_published(deployed, kpu):
    made = healthy(deployed)
    document = json.loads(kpu("drill", "--stack", made.stack.name, "--json").stdout)
    assumptions = document["assumptions"]
    text = json.dumps(assumptions)
    assert made.stack.name not in text and made.application.name not in text and "000000000000" not in text
    results = {assumption["assumption"]: assumption["result"] for assumption in assumptions}
    assert results["containerCPUUtilization has the dimensions Application"] == "held"
    assert results["CloudWatch sends an event for a state that SetAlarmState has set, with the reason"] == "held"


@pytest.mark.parametrize(("mode", "metric"), [("observe", "passed"), ("off", "unknown")])
def test_the_drill_works_in_every_mode(deployed, links, mode, metric):
    made = healthy(deployed, Mode=mode)
    found = links(made, code=0)
    assert found["check-metric"][0] == metric and found["quiet"][0] == "passed"
    assert "pause" not in found["set-back"][1], "these modes need no pause"


def in_alarm(made):
    boto3.client("events").disable_rule(Name=made.stack.resources["AlarmRule"])
    made.stack.set_alarm("Out", "ALARM")


def breaching(made):
    # The mean of this value and of the healthy one, 20, is above 85.
    made.stack.publish("Out", 180.0)


def paused_in(made):
    made.application.steer(**{"kpu-autoscaler.pause": "in"})


@pytest.mark.parametrize(("prepare", "part"), [
    (in_alarm, "is in ALARM already"), (breaching, "would act on the present data"), (paused_in, "scaling is paused (in)")])
def test_the_alarm_is_not_set_if_something_could_be_scaled(deployed, links, prepare, part):
    made = healthy(deployed)
    prepare(made)
    before = state(made)
    outcome, text = links(made, code=4)["alarm"]
    assert outcome == "failed" and part in text
    assert state(made) == before and not made.stack.new_runs()


def disabled_rule(made):
    boto3.client("events").disable_rule(Name=made.stack.resources["AlarmRule"])


def disabled_notification_rule(made):
    boto3.client("events").disable_rule(Name=made.stack.resources["NotificationRule"])


def deleted_schedule(made):
    boto3.client("scheduler").delete_schedule(Name=made.stack.resources["Heartbeat"])


def dead_letter(made):
    boto3.client("sqs").send_message(QueueUrl=made.stack.resources["DeadLetterQueue"], MessageBody="{}")


def removed_permission(task, action):
    return lambda made: Role(made.stack, task).remove(action)


BREAKS = {
    "rule": (disabled_rule, "is disabled"),
    "execution": (disabled_rule, "no execution started within 5.0 s"),
    "check-alarms": (removed_permission("Check", "cloudwatch:DescribeAlarms"), "cloudwatch:DescribeAlarms"),
    "check-metric": (removed_permission("Check", "cloudwatch:GetMetricData"), "cloudwatch:GetMetricData"),
    "check-application": (removed_permission("Check", "kinesisanalytics:DescribeApplication"), "kinesisanalytics:DescribeApplication"),
    "quiet": (removed_permission("Check", "cloudwatch:DescribeAlarms"), "ended in TaskFailed"),
    "heartbeat": (deleted_schedule, "→ restore it"),
    "notification": (disabled_notification_rule, "enable the rule NotificationRule"),
    "dead-letters": (dead_letter, "has 1 messages"),
    "permissions": (removed_permission("Scale", "kinesisanalytics:UpdateApplication"), "kinesisanalytics:UpdateApplication (implicitDeny)"),
}


def broken_link_fails(made, links, state, link, prepare, part):
    """Breaks a link, and checks its remedy and that the drill leaves the state as it was."""
    before = state(made)
    prepare(made)
    outcome, text = links(made, *WAIT, code=4)[link]
    assert outcome == "failed" and part in text and not text.endswith("→ "), text
    assert state(made) == before


@pytest.mark.parametrize("link", BREAKS)
def test_a_broken_link_fails_with_its_remedy(deployed, links, link):
    broken_link_fails(healthy(deployed), links, state, link, *BREAKS[link])


def test_a_metric_without_data_and_a_topic_without_subscription_fail(deployed, links):
    found = links(deployed(), *WAIT, code=4)
    assert found["check-metric"][0] == found["subscriptions"][0] == "failed"
    assert "nothing fresh has been measured" in found["check-metric"][1] and "NotificationEmail" in found["subscriptions"][1]


def test_the_permissions_on_the_key_of_the_application_are_simulated(deployed, links):
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    made = healthy(deployed, ApplicationKmsKeyArn=key)
    found = links(made, code=0)
    assert "all 16 actions" in found["permissions"][1] and found["key-policy"][0] == "unknown"
    Role(made.stack, "Scale").remove("kms:CreateGrant")
    outcome, text = links(made, code=4)["permissions"]
    assert outcome == "failed" and "kms:CreateGrant (implicitDeny)" in text and "UpdateApplication" not in text


def user(name, *denied):
    """The credentials of a new user with the permission for every action except these."""
    users = boto3.client("iam")
    users.create_user(UserName=name)
    statements = [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": list(denied), "Resource": "*"}]
    users.put_user_policy(UserName=name, PolicyName="drill", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))
    key = users.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


@pytest.mark.parametrize(("action", "link", "outcome"), [
    ("cloudwatch:SetAlarmState", "alarm", "unknown"),
    ("kinesisanalytics:TagResource", "alarm", "failed"),
    ("kinesisanalytics:UntagResource", "set-back", "failed"),
    ("events:PutEvents", "notification", "unknown"),
    ("sqs:GetQueueAttributes", "dead-letters", "unknown"),
    ("iam:SimulatePrincipalPolicy", "permissions", "unknown"),
], ids=["set-alarm", "tag", "untag", "events", "queue", "simulate"])
def test_a_permission_that_the_caller_lacks_shows_at_its_link(deployed, links, action, link, outcome):
    made = healthy(deployed)
    credentials = user("without-" + action.split(":")[1].lower(), action)
    found = links(made, code=4 if outcome == "failed" else 0, **credentials)
    assert found[link][0] == outcome and action in found[link][1], found[link]


def test_the_next_heartbeat_is_awaited(deployed, links):
    made = deployed(HeartbeatMinutes=5)
    made.stack.publish("Out", 20.0)
    assert links(made, "--await-heartbeat", code=4)["heartbeat"][0] == "passed"


def state_of_stream(made):
    """The state that a drill leaves as it was."""
    alarms = {name: made.stack.named_state(name) for name in ("ShardsOutAlarm", "ThrottledAlarm")}
    return alarms, made.stream.tags, made.stream.shards


def test_a_healthy_drill_of_a_stream_passes_every_link_and_changes_nothing(sharded, kpu):  # noqa: F811
    made = in_order(sharded(shards=2))
    before = state_of_stream(made)
    subscriber = Subscriber(made.stack)
    done = kpu("drill", "--stream", made.stream.name, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    outcomes = {link["link"]: link["outcome"] for link in document["links"]}
    assert set(outcomes.values()) == {"passed"} and len(outcomes) == 13 and "check-stream" in outcomes, document
    assert state_of_stream(made) == before
    assert subscriber.next_message()["Message"].startswith("This is a drill.")
    results = {assumption["assumption"]: assumption["result"] for assumption in document["assumptions"]}
    assert results["IncomingBytes has the dimensions StreamName"] == "held"
    text = json.dumps(document["assumptions"])
    assert made.stack.name not in text and made.stream.name not in text and "000000000000" not in text


BREAKS_OF_A_STREAM = {
    "rule": (disabled_rule, "is disabled"),
    "check-alarms": (removed_permission("Check", "cloudwatch:DescribeAlarms"), "cloudwatch:DescribeAlarms"),
    "check-metric": (removed_permission("Check", "cloudwatch:GetMetricData"), "cloudwatch:GetMetricData"),
    "check-stream": (removed_permission("Check", "kinesis:DescribeStreamSummary"), "kinesis:DescribeStreamSummary"),
    "permissions": (removed_permission("Scale", "kinesis:UpdateShardCount"), "kinesis:UpdateShardCount (implicitDeny)"),
}


@pytest.mark.parametrize("link", BREAKS_OF_A_STREAM)
def test_a_broken_link_of_a_stream_fails_with_its_remedy(sharded, links, link):  # noqa: F811
    broken_link_fails(in_order(sharded(shards=2)), links, state_of_stream, link, *BREAKS_OF_A_STREAM[link])


def test_the_drill_does_not_set_the_alarm_of_a_throttled_stream(sharded, links):  # noqa: F811
    made = in_order(sharded(shards=2))
    disabled_rule(made)
    deleted_schedule(made)
    made.stack.publish_to(made.stack.resources["ThrottledAlarm"], 500.0)
    made.stack.set_named("ThrottledAlarm", "ALARM")
    outcome, text = links(made, code=4)["alarm"]
    assert outcome == "failed" and "would act on the present data" in text
    assert made.stack.named_state("ShardsOutAlarm") != "ALARM"
