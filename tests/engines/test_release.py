"""The release for users without Rust: a zip that is deployed as in its README."""

import subprocess
import sys
import zipfile

from package import sam
from engine import ROOT
from stack import Application, Stack, eventually

BUILT = ROOT / ".aws-sam"
BINARIES = [BUILT / "build" / "CheckFunction" / "bootstrap", BUILT / "scalable-target" / "ScalableTargetFunction" / "bootstrap"]
BUNDLE = [sys.executable, "tools/bundle.py", "x86_64", *BINARIES]


def bundle(folder):
    subprocess.run([*BUNDLE, folder], cwd=ROOT, check=True)
    return next(folder.glob("kpu-autoscaler-*-x86_64.zip"))


def test_a_release_is_deployed_without_building(engine, tmp_path):
    made = tmp_path / "made"
    with zipfile.ZipFile(bundle(tmp_path)) as archive:
        archive.extractall(made)
    assert "sam deploy" in (made / "README.txt").read_text()
    # The AWS CLI uploads only the CodeUri of each function, and does not read SAM's Globals.
    for name, function, count in [("template.yaml", "function.zip", 3), ("scalable-target.yaml", "scalable-target.zip", 1)]:
        released = (made / name).read_text()
        assert released.count(f"      CodeUri: {function}\n") == released.count("Type: AWS::Serverless::Function") == count
        assert "CodeUri" not in released.split("\nResources:")[0] and (made / function).exists()
    assert (made / "dashboard.yaml").exists()
    application = Application("released", kpus=2)
    sam("deploy", "--template", str(made / "template.yaml"), "--stack-name", "released-scaling", "--resolve-s3",
        "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--parameter-overrides", "ApplicationName=released", "HeartbeatMinutes=60")
    stack = Stack("released-scaling")
    stack.publish("Out", 95.0)
    stack.set_alarm("Out", "ALARM")
    eventually("it has scaled", lambda: application.kpus == 6)
    stack.set_alarm("Out", "OK")
    assert stack.next_run().status == "SUCCEEDED"
    stack.delete()


def test_a_release_has_the_same_bytes_each_time(tmp_path):
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    one, other = [bundle(folder).read_bytes() for folder in folders]
    assert one == other
