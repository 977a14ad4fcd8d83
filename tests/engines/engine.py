"""The stand-in for AWS: MiniStack in a process of its own, on loopback, with its memory only."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LOG = ROOT / "target" / "engines" / "ministack.log"

# The waits of the state machine, and the pauses before it tries again, are shortened to a hundredth.
WAIT_SCALE = "0.01"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Engine:
    """A running MiniStack. `environment` is what a client needs to reach it and nothing else."""

    def __init__(self, wait_scale=WAIT_SCALE):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.environment = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        LOG.parent.mkdir(parents=True, exist_ok=True)
        self._log = LOG.open("w")
        self._process = subprocess.Popen(
            [sys.executable, "ministack_with_hooks.py"], cwd=HERE, stdout=self._log, stderr=subprocess.STDOUT,
            env={**os.environ, **self.environment, "GATEWAY_PORT": self.url.rsplit(":", 1)[1], "BIND_HOST": "127.0.0.1",
                 "AUTH": "true", "IOT_MTLS_ENABLED": "0", "SFN_WAIT_SCALE": wait_scale, "LOG_LEVEL": "INFO"})
        self._await_answer()

    def _await_answer(self):
        deadline = time.monotonic() + 60
        while True:
            if self._process.poll() is not None:
                raise RuntimeError(f"MiniStack has ended; see {LOG}")
            try:
                with urllib.request.urlopen(self.url + "/_ministack/health", timeout=1):
                    return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"MiniStack does not answer; see {LOG}") from error
                time.sleep(0.1)

    def stop(self):
        self._process.terminate()
        self._process.wait(10)
        self._log.close()
