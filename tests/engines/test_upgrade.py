"""Upgrade, roll back and removal of a stack, with an execution under way."""

import json
import tempfile
from pathlib import Path

import boto3
import pytest
from package import sam
from stack import PlainStack, Stack, Subscriber, eventually
from test_drill import user
from test_loop import QUIET, ROUND, without_further_polls
from versions import BUCKET, CHANGED_DEFAULT, GONE_PARAMETER, NEW_ALARM, NEW_PARAMETER, earlier

# Values that differ from the defaults.
GIVEN = {"MaxKpu": 8, "ScaleOutThreshold": 80, "MonthlyBudgetDollars": 900, "HeartbeatMinutes": 30, "NotificationEmail": "team@example.com"}
# Longer than any deployment; the tests end the update by another duration.
LONG, ENDED = "3600", "0"


@pytest.fixture(scope="module")
def versions(template):
    """The URLs of the templates of both versions."""
    return {"this": template, "earlier": earlier(template)}


class Deployed:
    """The deployed parts of a stack that an update changes or keeps."""

    def __init__(self, name):
        stacks, functions = boto3.client("cloudformation"), boto3.client("lambda")
        described = stacks.describe_stacks(StackName=name)["Stacks"][0]
        self.status = described["StackStatus"]
        self.parameters = {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}
        self.resources = PlainStack(name).resources
        definition = boto3.client("stepfunctions").describe_state_machine(stateMachineArn=self.resources["StateMachine"])["definition"]
        self.policy = json.loads(definition)["States"]["Check"]["Parameters"]["policy"]
        self.code = {task: functions.get_function_configuration(FunctionName=self.resources[f"{task}Function"])["CodeSha256"]
                     for task in ("Check", "Scale", "Poll")}
        alarms = boto3.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{name}-")["MetricAlarms"]
        self.alarms = {alarm["AlarmName"].removeprefix(f"{name}-"): alarm["Threshold"] for alarm in alarms}


def begin_scaling(made):
    """Starts an execution by the scale-out alarm, and returns it in the middle of an update that does not end by itself."""
    made.application.steer(seconds=LONG)
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    eventually("the application is being updated", lambda: made.application.describe()["ApplicationStatus"] == "UPDATING")
    return made.stack.new_runs()[0]


def end_scaling(made, execution):
    """Ends the update, and returns the execution at its end."""
    made.application.steer(seconds=ENDED)
    eventually("it has scaled", lambda: made.application.kpus == 6)
    made.stack.set_alarm("Out", "OK")
    return made.stack.end_of(execution)


def is_running(execution):
    return boto3.client("stepfunctions").describe_execution(executionArn=execution)["status"] == "RUNNING"


def sam_deploy(stack, template):
    """Runs `sam deploy` with the template at this URL and without parameters, as for a further deployment."""
    body = boto3.client("s3").get_object(Bucket=BUCKET, Key=template.rsplit("/", 1)[1])["Body"].read()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.yaml"
        file.write_bytes(body)
        sam("deploy", "--template", str(file), "--stack-name", stack, "--resolve-s3", "--capabilities", "CAPABILITY_IAM",
            "--no-confirm-changeset")


@pytest.mark.parametrize(("before", "after"), [("earlier", "this"), ("this", "earlier")], ids=["upgrade", "roll-back"])
def test_an_execution_goes_on_while_the_stack_gets(deployed, versions, before, after):
    made = deployed(template=versions[before], **GIVEN)
    subscriber = Subscriber(made.stack)
    old = Deployed(made.stack.name)
    execution = begin_scaling(made)
    sam_deploy(made.stack.name, versions[after])
    assert is_running(execution), "the update of the stack came too late to show anything"
    new = Deployed(made.stack.name)

    assert new.status == "UPDATE_COMPLETE"
    for name, value in {**GIVEN, CHANGED_DEFAULT[0]: old.parameters[CHANGED_DEFAULT[0]]}.items():
        assert new.parameters[name] == new.policy.get(name, str(value)) == str(value), "a parameter that is not given keeps its value"
    has_new, has_gone = after == "this", after == "earlier"
    assert (NEW_PARAMETER in new.parameters, NEW_PARAMETER in new.policy) == (has_new, has_new)
    assert (GONE_PARAMETER in new.parameters, GONE_PARAMETER in new.policy) == (has_gone, has_gone)
    assert (NEW_ALARM in new.resources, "unreadable" in new.alarms) == (has_new, has_new)
    kept = old.resources.keys() - {NEW_ALARM}
    assert {name: new.resources[name] for name in kept} == {name: old.resources[name] for name in kept}, "no resource is replaced"
    assert all(new.code[task] != old.code[task] for task in old.code), "the next task runs in the other functions"
    assert new.alarms["scale-out"] == GIVEN["ScaleOutThreshold"] and made.stack.alarm("Out")["StateValue"] == "ALARM"

    run = end_scaling(made, execution)
    assert (run.status, without_further_polls(run.path)) == ("SUCCEEDED", ROUND + QUIET)
    assert not made.stack.new_runs(), "the update of the stack has started no execution"
    assert subscriber.next_message()["Subject"] == f"{made.application.name}: scaled out from 2 KPU to 6 KPU"
    assert made.stack.start_by_hand().path == QUIET


def test_an_update_that_fails_rolls_back_and_the_autoscaler_still_scales(deployed, versions):
    made = deployed(template=versions["earlier"], **GIVEN)
    old = Deployed(made.stack.name)
    execution = begin_scaling(made)
    # The functions, the state machine and the alarms are updated before the schedule.
    caller = user("updates-no-schedule", "scheduler:UpdateSchedule")
    stacks = boto3.client("cloudformation", aws_access_key_id=caller["AWS_ACCESS_KEY_ID"],
                          aws_secret_access_key=caller["AWS_SECRET_ACCESS_KEY"])
    given = [{"ParameterKey": "ApplicationName", "UsePreviousValue": True}, {"ParameterKey": "MaxKpu", "ParameterValue": "16"},
             {"ParameterKey": "ScaleOutThreshold", "ParameterValue": "60"}, {"ParameterKey": "HeartbeatMinutes", "ParameterValue": "15"}]
    stacks.update_stack(StackName=made.stack.name, TemplateURL=versions["this"], Parameters=given,
                        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    eventually("the update has failed", lambda: not made.stack.status.endswith("IN_PROGRESS"))
    events = boto3.client("cloudformation").describe_stack_events(StackName=made.stack.name)["StackEvents"]
    failed = [event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "UPDATE_FAILED"]
    assert len(failed) == 1 and "scheduler:UpdateSchedule" in failed[0], failed
    changed = {event["LogicalResourceId"] for event in events if event["ResourceStatus"] == "UPDATE_COMPLETE"}
    assert changed >= {"ScaleOutAlarm", "StateMachine", "CheckFunction", "ScaleFunction"}, "the failure came too early to show anything"

    assert vars(Deployed(made.stack.name)) == {**vars(old), "status": "UPDATE_ROLLBACK_COMPLETE"}
    assert is_running(execution)
    assert end_scaling(made, execution).status == "SUCCEEDED"
    made.stack.set_alarm("Out", "ALARM")
    eventually("it has scaled again", lambda: made.application.kpus == 8)
    made.stack.set_alarm("Out", "OK")
    assert made.stack.next_run().status == "SUCCEEDED"


# The listings of all types of resources in the template: the service, the call, the list and the field of the name.
LISTED = [
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("events", "list_rules", "Rules", "Name"),
    ("scheduler", "list_schedules", "Schedules", "Name"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("sqs", "list_queues", "QueueUrls", None),
    ("stepfunctions", "list_state_machines", "stateMachines", "stateMachineArn"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
]


def names():
    """The names of all resources in the account."""
    found = set()
    for service, call, field, name in LISTED:
        for page in boto3.client(service).get_paginator(call).paginate():
            found |= {comparable(each[name] if name else each) for each in page.get(field, [])}
    return found


def comparable(name):
    """A name as it is, and for a queue the last part of its URL: the host has two names here."""
    return name.rsplit("/", 1)[1] if name.startswith("http") else name


def test_a_removal_leaves_what_the_page_lists_and_nothing_else(deployed):
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="removal-of-the-user", Namespace="Shop", MetricName="Waiting", Statistic="Average", Period=60, EvaluationPeriods=3,
        ComparisonOperator="GreaterThanThreshold", Threshold=30)
    made = deployed(MoreScaleOutAlarms="removal-of-the-user", **GIVEN)
    ours = {comparable(name) for name in made.stack.resources.values()}
    is_ours = lambda name: name in ours or made.stack.name in name
    before = {name for name in names() if is_ours(name)}
    # A policy of a queue or a topic has no name of its own.
    missing = {logical for logical, name in made.stack.resources.items() if comparable(name) not in before}
    assert missing == {"DeadLetterQueuePolicy", "TopicPolicy"}, "the listing lacks a type"
    made.application.steer(**{"kpu-autoscaler.pause": "in"})
    begin_scaling(made)

    made.stack.delete()
    eventually("the stack is gone", lambda: made.stack.status in (None, "DELETE_COMPLETE", "DELETE_FAILED"))
    assert not {name for name in names() if is_ours(name)}
    assert made.application.describe()["ApplicationStatus"] == "UPDATING", "an update under way goes on"
    made.application.steer(seconds=ENDED)
    eventually("it has scaled", lambda: made.application.kpus == 6)
    assert not made.application.parallelism["AutoScalingEnabled"]
    assert made.application.tags["kpu-autoscaler.pause"] == "in"
    assert "removal-of-the-user" in names()
