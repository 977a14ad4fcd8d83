"""The fixtures of the tests: an engine, the packaged template, and a stack with its application."""

import os
import re
import subprocess
from types import SimpleNamespace

import boto3
import pytest
from engine import ROOT, Engine
from package import packaged, uploaded
from stack import Application, Stack

KPU = ROOT / "target" / "debug" / "kpu"
# The selection of .ci/run, so that nothing is compiled twice.
PACKAGES = [option for name in ["aws", "deployment", "lambdas", "kpu"] for option in ["--package", name]]
BUILD = ["cargo", "test", "--no-run", "--quiet", "--locked", *PACKAGES, "--features", "kpu/aws"]


@pytest.fixture(scope="session")
def engine():
    running = Engine()
    running.use()
    boto3.setup_default_session(region_name="eu-central-1")
    yield running
    running.stop()


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

    def deploy(kpus=2, application=None, template=template, **parameters):
        application = application or Application(name, kpus)
        given = {"ApplicationName": application.name, "Architecture": "x86_64", "HeartbeatMinutes": 60, **parameters}
        stack = Stack.create(template, f"{name}-scaling{len(made) or ''}", **given)
        made.append(stack)
        return SimpleNamespace(application=application, stack=stack)

    yield deploy
    for stack in made:
        stack.delete()
