"""The scalable-target API: requests with a signature, as from Application Auto Scaling, through the API to the function and the state machine."""

import json
import re
import urllib.error
import urllib.request
from types import SimpleNamespace

import boto3
import pytest
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from engine import ROOT
from jsonschema import Draft202012Validator
from stack import PlainStack, Stream, eventually
from test_permissions import Role


class Target:
    """A scalable target, as Application Auto Scaling sees it."""

    def __init__(self, engine, stack, name):
        self._url = f"{engine.url}/_aws/execute-api/{stack.resources['ScalableTargetApi']}/v1/scalableTargetDimensions/{name}"

    def ask(self, method, document=None, signed=True):
        """Sends a request, and returns the status and the document of the response."""
        body = None if document is None else json.dumps(document)
        request = AWSRequest(method, self._url, data=body, headers={"Content-Type": "application/json"})
        if signed:
            SigV4Auth(boto3.Session().get_credentials(), "execute-api", "eu-central-1").add_auth(request)
        asked = urllib.request.Request(self._url, data=body and body.encode(), headers=dict(request.headers), method=method)
        try:
            with urllib.request.urlopen(asked) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as rejected:
            return rejected.code, json.load(rejected)

    def get(self):
        status, found = self.ask("GET")
        assert status == 200, found
        PROTOCOL["ScalableTargetDimension"].validate(found)
        return SimpleNamespace(actual=found["actualCapacity"], desired=found["desiredCapacity"], status=found["scalingStatus"],
                               why=found.get("failureReason"), version=found["version"])

    def request(self, units):
        status, found = self.ask("PATCH", {"desiredCapacity": float(units)})
        assert status == 200, found
        PROTOCOL["ScalableTargetDimension"].validate(found)
        return found["scalingStatus"]

    def ended(self):
        """Waits for the end of a scaling, as Application Auto Scaling does, and returns the target."""
        eventually("the scaling has ended", lambda: self.get().status in ("Successful", "Failed"))
        return self.get()


def protocol():
    """Returns the schemas of the API in the template, without additional properties."""
    class Loader(yaml.SafeLoader):
        pass
    Loader.add_multi_constructor("!", lambda loader, tag, node: None)
    template = yaml.load((ROOT / "scalable-target.yaml").read_text(), Loader)
    schemas = template["Resources"]["ScalableTargetApi"]["Properties"]["DefinitionBody"]["components"]["schemas"]
    return {name: Draft202012Validator({**schema, "additionalProperties": False}) for name, schema in schemas.items()}


PROTOCOL = protocol()


@pytest.fixture
def with_api(scalable_target_template):
    """Deploys the API beside an autoscaler stack, and deletes it at the end."""
    deployed = []

    def deploy(stack, **resource):
        api = PlainStack.create(scalable_target_template, f"{stack.name}-api", AutoscalerStack=stack.name,
                                StateMachineArn=stack.outputs["StateMachineArn"], Architecture="x86_64", **resource)
        deployed.append(api)
        return api

    yield deploy
    for api in deployed:
        api.delete()


@pytest.fixture
def scalable(engine, deployed, with_api):
    """Deploys a stack that follows Application Auto Scaling, and its API."""
    def make(**parameters):
        made = deployed(**{"kpus": 4, "MaxKpu": 8, "ApplicationAutoScaling": "on", **parameters})
        made.api = with_api(made.stack, ApplicationName=made.application.name)
        made.target = Target(engine, made.api, made.application.name)
        return made
    return make


def test_a_request_is_executed_and_reported(scalable):
    made = scalable()
    found = made.target.get()
    assert (found.actual, found.desired, found.status) == (4, 4, "Successful")
    assert made.target.request(7) == "Pending"
    found = made.target.ended()
    assert (found.actual, found.desired, found.status, found.why) == (7, 7, "Successful", None)
    assert made.application.kpus == 7
    run = made.stack.next_run()
    assert run.path[-1] == "Quiet" and run.output["desiredCapacity"] == 7
    assert run.output["check"]["why"] == "the one step of the capacity request is made"
    assert made.target.request(7) == "Successful", "it has that size"
    assert made.stack.next_run().output["check"]["why"] == "it has the 7 KPU that are requested"


def test_a_request_passes_every_check_of_a_step_and_gets_the_reason_of_a_hold(scalable):
    made = scalable(MaxKpu=6)
    made.target.request(9)
    assert (made.target.ended().actual, made.application.kpus) == (6, 6), "MaxKpu is the limit"
    made.stack.next_run()
    made.target.request(9)
    found = made.target.ended()
    assert (found.actual, found.desired, found.status) == (6, 6, "Failed")
    assert found.why == "9 KPU are requested, and it has 6: it is at its maximum of 6 KPU"
    # First the load is unknown, and then it is high.
    for units, known in [(4, "nothing fresh has been measured"), (3, "is 95, too much to scale in")]:
        made.target.request(units)
        why = made.target.ended().why
        remedy = "which it processes first; request them again later"
        assert why.startswith(f"{units} KPU are requested") and known in why and why.endswith(remedy)
        made.stack.publish("Out", 95.0)
    assert made.application.kpus == 6


def test_a_request_for_less_is_followed_below_the_thresholds(scalable):
    made = scalable()
    made.stack.publish("Out", 20.0)
    made.target.request(2)
    found = made.target.ended()
    assert (found.actual, found.desired, found.status) == (2, 2, "Successful")


def test_the_alarms_of_the_stack_do_not_scale(scalable):
    made = scalable()
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert (run.path[-1], made.application.kpus) == ("Quiet", 4)
    assert "ApplicationAutoScaling is on" in run.output["check"]["why"]


def test_a_failed_update_is_a_failed_scaling(scalable):
    made = scalable()
    made.application.steer(update="rolls-back")
    made.target.request(8)
    found = made.target.ended()
    assert (found.actual, found.desired, found.status) == (4, 4, "Failed") and "rolled back" in found.why


def test_a_stream_is_a_target_as_well(engine, deployed, with_api):
    stream = Stream("target-clicks", 2)
    made = deployed(application=SimpleNamespace(name=""), Target="stream", KinesisStreamName=stream.name, ScaleMetric="WriteUtilization",
                    HeartbeatMinutes=1, MaxShards=8, ApplicationAutoScaling="on")
    target = Target(engine, with_api(made.stack, Target="stream", KinesisStreamName=stream.name), stream.name)
    assert target.request(8) == "Pending"
    eventually("it has four shards", lambda: stream.shards == 4)
    found = target.ended()
    assert (found.actual, found.desired, found.status) == (4, 4, "Successful"), "one change doubles the shards at most"


def test_an_invalid_request_gets_an_error_of_the_protocol(engine, scalable):
    made = scalable()
    for document, expected in [({"desiredCapacity": 2.5}, "desiredCapacity is 2.5; set it to a whole number from 1 to 10000"), ({}, "desiredCapacity is null")]:
        status, found = made.target.ask("PATCH", document)
        PROTOCOL["Error"].validate(found)
        assert status == 400 and expected in found["message"]
    status, found = Target(engine, made.api, "another").ask("GET")
    assert status == 404 and f"this stack scales '{made.application.name}'" in found["message"]
    made.application.delete()
    eventually("the application is deleted", lambda: made.target.ask("GET")[0] == 404)
    assert not made.stack.new_runs()


def test_a_request_without_a_signature_is_rejected(scalable):
    made = scalable()
    for method, document in [("GET", None), ("PATCH", {"desiredCapacity": 8})]:
        status, _ = made.target.ask(method, document, signed=False)
        assert status == 403
    assert made.application.kpus == 4 and not made.stack.new_runs()


def test_the_output_is_the_resource_id_that_application_auto_scaling_registers(scalable):
    """The resource ID is a URL in the format of Application Auto Scaling."""
    made = scalable()
    url = made.api.outputs["ScalableTargetResourceId"]
    assert re.fullmatch(rf"https://{made.api.resources['ScalableTargetApi']}\.execute-api\.eu-central-1\.amazonaws\.com/v1/scalableTargetDimensions/{made.application.name}", url)


# The permission that is removed from the role, and the method that needs it.
PERMISSIONS = [
    ("kinesisanalytics:DescribeApplication", "GET"),
    ("kinesisanalytics:ListApplicationOperations", "GET"),
    ("states:ListExecutions", "GET"),
    ("states:DescribeExecution", "GET"),
    ("states:StartExecution", "PATCH"),
]


@pytest.mark.parametrize(("action", "method"), PERMISSIONS)
def test_without(scalable, action, method):
    made = scalable(kpus=8)
    role = Role(made.api, "ScalableTarget")
    assert {asked for asked in role.actions if not asked.startswith("logs:")} == {asked for asked, _ in PERMISSIONS}
    # A held request has an execution to describe.
    made.target.request(99)
    assert made.target.ended().status == "Failed"
    made.stack.next_run()
    role.remove(action)
    status, found = made.target.ask(method, {"desiredCapacity": 5.0} if method == "PATCH" else None)
    PROTOCOL["Error"].validate(found)
    assert status == 500 and action.split(":")[1] in found["message"] and "AccessDenied" in found["message"], found
