"""The functions' roles: their permissions are sufficient (every other test uses them), and each permission is needed.

The engine evaluates the policies of the functions' roles. It does not evaluate the roles of the state machine, the rules and the
schedule; the test `boundary::template` compares these with the calls.
"""

import copy
import json

import boto3
import pytest
from stack import DEMAND

ALWAYS, AFTER_FAILURE, BY_DEMAND, FOR_SNAPSHOTS = "always", "after a failure", "by demand", "for snapshots"
FOR_PAUSES = "for pauses"
# The role, the permission that is removed from it, and the case that needs it: always, after a failed update, sizing by demand, the
# detection of a snapshot, or the detection of a pause.
PERMISSIONS = [
    ("Check", "kinesisanalytics:DescribeApplication", ALWAYS),
    ("Check", "kinesisanalytics:ListApplicationOperations", ALWAYS),
    ("Check", "cloudwatch:DescribeAlarms", ALWAYS),
    ("Check", "cloudwatch:GetMetricData", ALWAYS),
    ("Scale", "kinesisanalytics:DescribeApplication", ALWAYS),
    ("Scale", "kinesisanalytics:ListApplicationOperations", ALWAYS),
    ("Scale", "kinesisanalytics:UpdateApplication", ALWAYS),
    ("Scale", "kinesisanalytics:ListApplicationSnapshots", FOR_SNAPSHOTS),
    ("Scale", "kinesisanalytics:ListTagsForResource", FOR_PAUSES),
    ("Scale", "kinesisanalytics:DescribeApplicationOperation", AFTER_FAILURE),
    ("Scale", "kinesisanalytics:DescribeApplicationVersion", AFTER_FAILURE),
    ("Scale", "cloudwatch:DescribeAlarms", BY_DEMAND),
    ("Scale", "cloudwatch:GetMetricData", BY_DEMAND),
    ("Poll", "kinesisanalytics:DescribeApplication", ALWAYS),
    ("Poll", "kinesisanalytics:DescribeApplicationOperation", ALWAYS),
    ("Poll", "events:PutEvents", ALWAYS),
]
# Lambda writes the log with the function's role, and MSF takes the snapshot of an update in the name of its caller. The engine does not
# check these permissions.
NOT_CHECKED = {"logs:CreateLogStream", "logs:PutLogEvents", "kinesisanalytics:CreateSystemSnapshot"}


class Role:
    """The role of a function of a stack, which has one inline policy."""

    def __init__(self, stack, task):
        self._client = boto3.client("iam")
        self._names = {"RoleName": stack.resources[f"{task}Role"], "PolicyName": task}
        document = self._client.get_role_policy(**self._names)["PolicyDocument"]
        self.policy = json.loads(document) if isinstance(document, str) else document

    @property
    def actions(self):
        return [action for statement in self.policy["Statement"] for action in listed(statement["Action"])]

    def remove(self, action):
        policy = copy.deepcopy(self.policy)
        for statement in policy["Statement"]:
            statement["Action"] = [kept for kept in listed(statement["Action"]) if kept != action]
        policy["Statement"] = [statement for statement in policy["Statement"] if statement["Action"]]
        self._client.put_role_policy(**self._names, PolicyDocument=json.dumps(policy))


def listed(action):
    return action if isinstance(action, list) else [action]


def test_every_permission_of_the_functions_is_tested(deployed):
    stack = deployed().stack
    for task in ("Check", "Scale", "Poll"):
        tested = sorted(action for role, action, _ in PERMISSIONS if role == task)
        assert sorted(set(Role(stack, task).actions) - NOT_CHECKED) == tested


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
    role.remove(action)
    made.stack.set_alarm("Out", "OK")
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    if when == FOR_SNAPSHOTS:
        assert run.status == "SUCCEEDED" and made.application.kpus > 2, "a missing permission for snapshots does not block scaling"
        return
    if when == FOR_PAUSES:
        scale = run.output["scale"]
        assert (run.status, scale["reason"], made.application.kpus) == ("SUCCEEDED", "Paused", 2), "an unread pause holds"
        assert action in scale["warning"] and "AccessDenied" in scale["why"]
        return
    assert (run.status, run.error) == ("FAILED", "TaskFailed")
    assert action in run.cause and "AccessDenied" in run.cause
    assert made.application.kpus == (6 if task == "Poll" else 2), "a started update continues"
