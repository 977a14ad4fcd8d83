"""The packaged templates: the deployment artifacts of `sam package`, in the buckets of the engine."""

import os
import subprocess
import tempfile
from pathlib import Path

import boto3
from engine import HERE, ROOT

DEPLOY = ROOT / "target" / "venv" / "deploy" / "bin"
# A deployment by hand leaves a samconfig.toml in the checkout, which must not apply here.
NO_ANSWERS = HERE / "no-answers.toml"


def sam(*arguments):
    """Runs the SAM CLI in the checkout's root."""
    environment = {**os.environ, "PATH": f"{DEPLOY}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run([DEPLOY / "sam", *arguments, "--config-file", NO_ANSWERS], cwd=ROOT, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def packaged(build=".aws-sam/build"):
    """Packages a template with the zip of the real functions, and returns its URL.

    The main template is too large for a request, so it is uploaded to a bucket, as `sam deploy` does.
    """
    name = build.rsplit("/", 1)[-1] + ".yaml"
    with tempfile.TemporaryDirectory() as folder:
        sam("package", "--template", f"{build}/template.yaml", "--resolve-s3", "--output-template-file", f"{folder}/{name}")
        return uploaded(name, Path(folder) / name)


def uploaded(name, file):
    """Uploads a template to a bucket, and returns its URL."""
    bucket = boto3.client("s3")
    if "templates" not in [each["Name"] for each in bucket.list_buckets()["Buckets"]]:
        bucket.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    bucket.put_object(Bucket="templates", Key=name, Body=file.read_bytes())
    return f"https://s3.eu-central-1.amazonaws.com/templates/{name}"
