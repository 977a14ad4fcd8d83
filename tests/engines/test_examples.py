"""The examples, deployed to the emulator as they are written.

Terraform itself does not run, because its AWS provider is in no package registry. `Configuration` reads the configuration, and does what
Terraform does with its two resources for the stack: an upload, and a stack from its URL.
"""

import hashlib
import os
import re
import subprocess
import zipfile

import boto3
import hcl2
import pytest
from botocore.exceptions import ClientError
from engine import ROOT
from package import DEPLOY, sam
from stack import Stack
from test_release import bundle

EXAMPLES = ROOT / "examples"
# The pipeline has nested stacks, which the emulator lacks.
SAMPLES = ["cpu-only", "kafka-lag", "kafka-records-lag", "kinesis-demand", "schedule"]
TEXT = re.compile(r"\$\{([^}]+)\}")


def stack_parameters(name):
    [stack] = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}


def removed(name):
    client = boto3.client("cloudformation")
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


@pytest.mark.parametrize("example", SAMPLES)
def test_a_sample_is_deployed(engine, example):
    config = EXAMPLES / example / "samconfig.toml"
    environment = {**os.environ, "PATH": f"{DEPLOY}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    command = [DEPLOY / "sam", "deploy", "--config-file", config, "--no-confirm-changeset"]
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    [overrides] = re.findall(r"parameter_overrides = \[\n(.*?)\n\]", config.read_text(), re.DOTALL)
    given = dict(assignment.split("=", 1) for assignment in re.findall(r'^    "(.+)",$', overrides, re.MULTILINE))
    assert given.items() <= stack_parameters("orders-scaling").items()
    removed("orders-scaling")


@pytest.fixture
def release(engine, tmp_path):
    """The template of a release, packaged as on the page about Terraform."""
    with zipfile.ZipFile(bundle(tmp_path)) as archive:
        archive.extractall(tmp_path / "release")
    return package(tmp_path / "release" / "template.yaml", tmp_path / "packaged.yaml")


def package(template, output):
    sam("package", "--template", str(template), "--resolve-s3", "--output-template-file", str(output))
    return output


class Configuration:
    """A Terraform configuration, with values for its variables."""

    def __init__(self, file, **variables):
        with file.open() as text:
            parsed = hcl2.load(text)
        self.variables = variables
        resources = [(unquoted(kind), unquoted(name), body)
                     for each in parsed["resource"] for kind, named in each.items() for name, body in named.items()]
        self.resources = {(kind, name): body for kind, name, body in resources}

    def value(self, value):
        """Returns the value of a text, a number or a reference."""
        if not isinstance(value, str):
            return value
        text = unquoted(value)
        return TEXT.sub(lambda found: str(self.reference(found[1].strip())), text)

    def reference(self, expression):
        if expression.startswith("filemd5("):
            return hashlib.md5(self.file(expression).read_bytes(), usedforsecurity=False).hexdigest()
        if expression.startswith("var."):
            return self.variables[expression.removeprefix("var.")]
        kind, name, attribute = expression.split(".")
        return self.value(self.resources[kind, name][attribute])

    def file(self, expression):
        return self.variables[re.search(r"var\.(\w+)", expression)[1]]

    def refuses(self, kind, name):
        """Whether a precondition of a resource fails. The only form is `!can(regex("...", file(...)))`."""
        [lifecycle] = self.resources[kind, name]["lifecycle"]
        [precondition] = lifecycle["precondition"]
        condition = precondition["condition"]
        pattern = re.search(r'!can\(regex\(\\?"(.+?)\\?", ?file\(', condition)[1].replace("\\\\", "\\")
        return re.search(pattern, self.file(condition).read_text()) is not None


def unquoted(text):
    return text.removeprefix('"').removesuffix('"')


def configuration(template):
    return Configuration(EXAMPLES / "terraform" / "main.tf", bucket="templates", template=template,
                         service_execution_role="arn:aws:iam::000000000000:role/application")


def test_the_terraform_example_deploys_a_release(release):
    terraform = configuration(release)
    assert not terraform.refuses("aws_cloudformation_stack", "orders_scaling")
    bucket = boto3.client("s3")
    try:
        bucket.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    except ClientError as error:
        assert error.response["Error"]["Code"].startswith("BucketAlready")
    uploaded = terraform.resources["aws_s3_object", "template"]
    bucket.put_object(Bucket=terraform.value(uploaded["bucket"]), Key=terraform.value(uploaded["key"]), Body=release.read_bytes())
    wanted = terraform.resources["aws_cloudformation_stack", "orders_scaling"]
    parameters = {unquoted(name): str(terraform.value(value)) for name, value in wanted["parameters"].items()}
    assert parameters["ApplicationName"] == "orders"
    name = terraform.value(wanted["name"])
    client = boto3.client("cloudformation")
    # The emulator reads a template only by the older form of an address in S3.
    address = re.sub(r"https://([^.]+)\.s3\.amazonaws\.com/", r"https://s3.amazonaws.com/\1/", terraform.value(wanted["template_url"]))
    client.create_stack(
        StackName=name, TemplateURL=address,
        Capabilities=[unquoted(each) for each in wanted["capabilities"]],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert parameters.items() <= stack_parameters(name).items()
    code = boto3.client("lambda").get_function(FunctionName=Stack(name).resources["CheckFunction"])["Configuration"]
    assert 1_000_000 < code["CodeSize"] < 5_000_000, "the built function, and not the checkout"
    removed(name)


def test_the_terraform_example_refuses_the_template_of_a_checkout():
    assert configuration(ROOT / "template.yaml").refuses("aws_cloudformation_stack", "orders_scaling")
