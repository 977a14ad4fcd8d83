"""The release for users without Rust: a zip that is deployed as in its README."""

import subprocess
import sys
import zipfile

import pytest

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
    assert (made / "dashboard.yaml").exists() and (made / "docs" / "README.md").exists()
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


def binary_with_header(path, machine, kind):
    """Writes the beginning of a binary for 64 bits: its header, and one program header."""
    header = bytearray(120)
    header[:4], header[18], header[32], header[54], header[56] = b"\x7fELF", machine, 64, 56, 1
    header[64] = kind
    path.write_bytes(header)
    return path


@pytest.mark.parametrize("machine, kind, message", [
    (62, 1, None),
    (62, 3, "needs the libraries of a system; build it for a target with musl"),
    (183, 1, "is not a binary for x86_64"),
])
def test_the_command_is_released_for_its_processor_and_without_dependencies(tmp_path, machine, kind, message):
    binary = binary_with_header(tmp_path / "kpu", machine, kind)
    made = subprocess.run([sys.executable, "tools/bundle_command.py", "x86_64", binary, tmp_path], cwd=ROOT, capture_output=True, text=True)
    if message:
        assert made.returncode == 1 and message in made.stderr
        return
    with zipfile.ZipFile(next(tmp_path.glob("kpu-*-linux-x86_64.zip"))) as archive:
        assert archive.namelist() == ["kpu", "README.txt", "LICENSE"]
        assert archive.getinfo("kpu").external_attr >> 16 == 0o100755
