"""The fixtures of the tests: an engine, the packaged template, and a stack with its application."""

import os
import re
import subprocess
from types import SimpleNamespace

import boto3
import pytest
from engine import LOGS, ROOT, Engine
from stack import Application, Stack

DEPLOY = ROOT / "target" / "venv" / "deploy" / "bin"
KPU = ROOT / "target" / "debug" / "kpu"
# The selection of .ci/run, so that nothing is compiled twice.
PACKAGES = [option for name in ["aws", "deployment", "lambdas", "kpu"] for option in ["--package", name]]
BUILD = ["cargo", "test", "--no-run", "--quiet", "--locked", *PACKAGES, "--features", "kpu/aws"]
NO_ANSWERS = LOGS / "no-answers.toml"


@pytest.fixture(scope="session")
def engine():
    running = Engine()
    running.use()
    boto3.setup_default_session(region_name="eu-central-1")
    yield running
    running.stop()


def sam(*arguments):
    """Runs the SAM CLI in the checkout's root."""
    environment = {**os.environ, "PATH": f"{DEPLOY}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    # A deployment by hand leaves a samconfig.toml in the checkout, which must not apply here.
    NO_ANSWERS.write_text("version = 0.1\n")
    done = subprocess.run([DEPLOY / "sam", *arguments, "--config-file", NO_ANSWERS], cwd=ROOT, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def packaged(build=".aws-sam/build"):
    """Packages a template with the zip of the real functions, and returns its URL.

    The main template is too large for a request, so it is uploaded to a bucket, as `sam deploy` does.
    """
    name = build.rsplit("/", 1)[-1] + ".yaml"
    sam("package", "--template", f"{build}/template.yaml", "--resolve-s3", "--output-template-file", str(LOGS / name))
    return uploaded(name, LOGS / name)


def uploaded(name, file):
    """Uploads a template to a bucket, and returns its URL."""
    bucket = boto3.client("s3")
    if "templates" not in [each["Name"] for each in bucket.list_buckets()["Buckets"]]:
        bucket.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    bucket.put_object(Bucket="templates", Key=name, Body=file.read_bytes())
    return f"https://s3.eu-central-1.amazonaws.com/templates/{name}"


@pytest.fixture(scope="session")
def template(engine):
    return packaged()


@pytest.fixture(scope="session")
def scalable_target_template(engine):
    return packaged(".aws-sam/scalable-target")


@pytest.fixture(scope="session")
def dashboard_template(engine):
    return uploaded("dashboard.yaml", ROOT / "dashboard.yaml")


@pytest.fixture(scope="session")
def kpu(engine):
    """Runs `kpu` with the feature `aws` against the engine."""
    subprocess.run(BUILD, cwd=ROOT, check=True)

    def run(*arguments, **environment):
        return subprocess.run([KPU, *arguments], env={**os.environ, **environment}, text=True, capture_output=True)

    return run


@pytest.fixture
def deployed(template, request):
    """Creates a stack and its application for one test, and deletes the stack at the end."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")[:60].strip("-")
    made = []

    def deploy(kpus=2, application=None, **parameters):
        application = application or Application(name, kpus)
        given = {"ApplicationName": application.name, "Architecture": "x86_64", "HeartbeatMinutes": 60, **parameters}
        stack = Stack.create(template, f"{name}-scaling{len(made) or ''}", **given)
        made.append(stack)
        return SimpleNamespace(application=application, stack=stack)

    yield deploy
    for stack in made:
        stack.delete()
