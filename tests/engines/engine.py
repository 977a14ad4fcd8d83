"""The emulator of AWS: MiniStack in a separate process, on loopback, without persistence."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LOGS = ROOT / "target" / "engines"

# The waits of the state machine, and the delays of its retries, are shortened to a hundredth.
WAIT_SCALE = "0.01"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def without_settings(environment):
    """Removes the variables for AWS and proxies, which would send calls to other places."""
    elsewhere = ("AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "PERSIST_STATE")
    return {name: value for name, value in environment.items() if not name.upper().startswith(elsewhere)}


def end_with_parent():
    """Ends the engine when its parent process ends, even if the parent was killed."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Engine:
    """A running MiniStack. `environment` has the variables for a client; `use` sets them in this process.

    `program` starts MiniStack, and `settings` are further variables for it.
    """

    def __init__(self, wait_scale=WAIT_SCALE, program=HERE / "ministack_with_hooks.py", **settings):
        port = str(free_port())
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = LOGS / f"ministack-{port}.log"
        self._log = self.log.open("w")
        self._files = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, program.name], cwd=program.parent, stdout=self._log, stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent,
            env={**without_settings(os.environ), **self.environment, "GATEWAY_PORT": port, "BIND_HOST": "127.0.0.1",
                 "TMPDIR": self._files.name, "AUTH": "true", "IOT_MTLS_ENABLED": "0", "SFN_WAIT_SCALE": wait_scale,
                 "LOG_LEVEL": "INFO", **settings})
        try:
            self._await_answer()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self):
        return self._process.pid

    def use(self):
        """Directs the AWS calls of this process and its children to this engine."""
        kept = without_settings(os.environ)
        os.environ.clear()
        os.environ.update(kept, **self.environment)

    def _await_answer(self):
        deadline = time.monotonic() + 60
        directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while True:
            if self._process.poll() is not None:
                raise RuntimeError(f"MiniStack has ended; see {self.log}")
            try:
                with directly.open(self.url + "/_ministack/health", timeout=1):
                    return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"MiniStack does not answer; see {self.log}") from error
                time.sleep(0.1)

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._files.cleanup()
