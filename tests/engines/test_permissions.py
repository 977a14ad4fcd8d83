"""The functions' roles: what they allow is enough (every other test runs under it), and nothing of it is too much.

The engine evaluates the policies of the functions' roles. It does not enforce those of the state machine, the rules and
the schedule; the test `boundary::template` compares these with what they do.
"""

import copy
import json

import boto3
import pytest
from stack import DEMAND

ALWAYS, AFTER_FAILURE, BY_DEMAND, AS_A_COURTESY = "always", "after a failure", "by demand", "as a courtesy"
TO_SEE_A_PAUSE = "to see a pause"
# The role, the permission that is taken from it, and when it is needed: always, after an update has failed, by demand, or only so
# that a snapshot is not taken for load, or to see whether it is paused.
PERMISSIONS = [
    ("Check", "kinesisanalytics:DescribeApplication", ALWAYS),
    ("Check", "kinesisanalytics:ListApplicationOperations", ALWAYS),
    ("Check", "cloudwatch:DescribeAlarms", ALWAYS),
    ("Check", "cloudwatch:GetMetricData", ALWAYS),
    ("Scale", "kinesisanalytics:DescribeApplication", ALWAYS),
    ("Scale", "kinesisanalytics:ListApplicationOperations", ALWAYS),
    ("Scale", "kinesisanalytics:UpdateApplication", ALWAYS),
    ("Scale", "kinesisanalytics:ListApplicationSnapshots", AS_A_COURTESY),
    ("Scale", "kinesisanalytics:ListTagsForResource", TO_SEE_A_PAUSE),
    ("Scale", "kinesisanalytics:DescribeApplicationOperation", AFTER_FAILURE),
    ("Scale", "kinesisanalytics:DescribeApplicationVersion", AFTER_FAILURE),
    ("Scale", "cloudwatch:DescribeAlarms", BY_DEMAND),
    ("Scale", "cloudwatch:GetMetricData", BY_DEMAND),
    ("Poll", "kinesisanalytics:DescribeApplication", ALWAYS),
    ("Poll", "kinesisanalytics:DescribeApplicationOperation", ALWAYS),
    ("Poll", "events:PutEvents", ALWAYS),
]
# Lambda itself writes the log, with the function's role. The engine writes it without asking.
NOT_ASKED_FOR = {"logs:CreateLogStream", "logs:PutLogEvents"}


class Role:
    """The role of one of a stack's functions, which has one policy of its own."""

    def __init__(self, stack, task):
        self._client = boto3.client("iam")
        self._names = {"RoleName": stack.resources[f"{task}Role"], "PolicyName": task}
        document = self._client.get_role_policy(**self._names)["PolicyDocument"]
        self.policy = json.loads(document) if isinstance(document, str) else document

    @property
    def actions(self):
        return [action for statement in self.policy["Statement"] for action in listed(statement["Action"])]

    def take_away(self, action):
        policy = copy.deepcopy(self.policy)
        for statement in policy["Statement"]:
            statement["Action"] = [kept for kept in listed(statement["Action"]) if kept != action]
        policy["Statement"] = [statement for statement in policy["Statement"] if statement["Action"]]
        self._client.put_role_policy(**self._names, PolicyDocument=json.dumps(policy))


def listed(action):
    return action if isinstance(action, list) else [action]


def test_every_permission_of_the_functions_is_looked_at(deployed):
    stack = deployed().stack
    for task in ("Check", "Scale", "Poll"):
        looked_at = sorted(action for role, action, _ in PERMISSIONS if role == task)
        assert sorted(set(Role(stack, task).actions) - NOT_ASKED_FOR) == looked_at


@pytest.mark.parametrize(("task", "action", "when"), PERMISSIONS)
def test_without(deployed, task, action, when):
    made = deployed(kpus=2, **(DEMAND if when == BY_DEMAND else {}))
    if when == BY_DEMAND:
        made.stack.publish_demand(lag_seconds=90, cpu=95, records_a_minute=120_000)
    else:
        made.stack.publish("Out", 95.0)
    if when == AFTER_FAILURE:
        made.application.steer(update="rolls-back")
        made.stack.set_alarm("Out", "ALARM")
        assert made.stack.next_run().error == "UpdateRolledBack"
    role = Role(made.stack, task)
    assert action in role.actions
    role.take_away(action)
    made.stack.set_alarm("Out", "OK")
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    if when == AS_A_COURTESY:
        assert run.status == "SUCCEEDED" and made.application.kpus > 2, "it must not keep a job from being scaled"
        return
    if when == TO_SEE_A_PAUSE:
        scale = run.output["scale"]
        assert (run.status, scale["reason"], made.application.kpus) == ("SUCCEEDED", "Paused", 2), "somebody may have had a reason"
        assert action in scale["warning"] and "AccessDenied" in scale["why"]
        return
    assert (run.status, run.error) == ("FAILED", "TaskFailed")
    assert action in run.cause and "AccessDenied" in run.cause
    assert made.application.kpus == (6 if task == "Poll" else 2), "what was begun before it goes on"
