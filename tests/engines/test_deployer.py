"""The deployer's policy: it deploys, updates and removes a stack, and each of its statements is needed.

The hook `deployments` evaluates the calls that CloudFormation makes; the engine evaluates the calls of the deployer.
"""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from engine import ROOT
from stack import Application, eventually, status_of

POLICY = json.loads((ROOT / "docs" / "how-to" / "deployer-policy.json").read_text())
STATEMENTS = [statement["Sid"] for statement in POLICY["Statement"]]
# CloudFormation checks the permission for the transform. The engine does not.
NOT_CHECKED = {"Transform"}


class Deployer:
    """An IAM user with the policy, without one of its statements, who makes the calls of `sam deploy` and `sam delete`."""

    def __init__(self, stack, template, without=None):
        self.stack, self.template = stack, template
        statements = [statement for statement in POLICY["Statement"] if statement["Sid"] != without]
        policy = json.dumps({**POLICY, "Statement": statements})
        for placeholder, value in {"STACK": stack, "ACCOUNT": "000000000000", "REGION": "eu-central-1", "BUCKET": "templates"}.items():
            policy = policy.replace(placeholder, value)
        users = boto3.client("iam")
        users.create_user(UserName=stack)
        users.put_user_policy(UserName=stack, PolicyName="deployer", PolicyDocument=policy)
        key = users.create_access_key(UserName=stack)["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="eu-central-1")
        self._stacks, self._bucket = session.client("cloudformation"), session.client("s3")

    def deploy(self, kind, **parameters):
        """Deploys by a change set, and fails unless the stack is complete."""
        self._bucket.put_object(Bucket="templates", Key=f"{self.stack}.zip", Body=b"functions")
        self._stacks.get_template_summary(TemplateURL=self.template)
        given = [{"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()]
        named = {"StackName": self.stack, "ChangeSetName": kind.lower()}
        self._stacks.create_change_set(**named, ChangeSetType=kind, TemplateURL=self.template, Parameters=given,
                                       Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
        eventually("the change set is made", lambda: self._stacks.describe_change_set(**named)["Status"] == "CREATE_COMPLETE")
        self._stacks.execute_change_set(**named)
        status = self._settled()
        assert status == f"{kind}_COMPLETE", f"{status}: {self._reasons()}"

    def remove(self):
        self._stacks.delete_stack(StackName=self.stack)
        eventually("the stack is gone", lambda: self._status() in (None, "DELETE_FAILED"), timeout=120)
        assert self._status() is None, self._reasons()

    def _settled(self):
        return eventually("the stack has settled", lambda: (
            status if (status := self._status()) and not status.endswith("_IN_PROGRESS") else None), timeout=120)

    def _status(self):
        return status_of(self._stacks, self.stack)

    def _reasons(self):
        events = self._stacks.describe_stack_events(StackName=self.stack)["StackEvents"]
        return [event.get("ResourceStatusReason") for event in events if "authorized" in event.get("ResourceStatusReason", "")]


def deploy_update_remove(deployer, application):
    common = {"ApplicationName": application.name, "Architecture": "x86_64", "NotificationEmail": "team@example.com"}
    deployer.deploy("CREATE", HeartbeatMinutes=60, **common)
    # Changes the schedule, an alarm, the logs and the state machine.
    deployer.deploy("UPDATE", HeartbeatMinutes=30, ScaleOutThreshold=70, LogRetentionDays=7, MaxKpu=8, **common)
    deployer.remove()


def test_the_policy_deploys_updates_and_removes_a_stack(template):
    application = Application("deployer-all", 1)
    deploy_update_remove(Deployer("deployer-all", template), application)


@pytest.mark.parametrize("statement", [sid for sid in STATEMENTS if sid not in NOT_CHECKED])
def test_without(template, statement):
    name = f"deployer-{statement.lower()}"
    application = Application(name, 1)
    deployer = Deployer(name, template, without=statement)
    with pytest.raises((ClientError, AssertionError), match="not authorized|AccessDenied|Access Denied"):
        deploy_update_remove(deployer, application)
    # The rest of a stack whose deployer may not remove it.
    boto3.client("cloudformation").delete_stack(StackName=name)
