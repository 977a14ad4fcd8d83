"""The playground: it deploys its stacks, and the doctor finds the defect of one of them."""

import os
import re
import signal
import subprocess
import sys

from conftest import KPU
from engine import HERE


def test_the_doctor_finds_the_wrong_metric_of_the_playground(kpu):
    playground = subprocess.Popen([sys.executable, "-B", HERE / "playground.py"], stdout=subprocess.PIPE, text=True)
    try:
        printed = ""
        while "status --stack" not in printed:
            line = playground.stdout.readline()
            assert line, "the playground has ended"
            printed += line
        environment = {**os.environ, **dict(re.findall(r"export (\w+)=(\S+)", printed))}
        doctor = [KPU, "doctor", "--stack", "clicks-scaling"]
        done = subprocess.run(doctor, env=environment, text=True, capture_output=True)
        assert done.returncode == 4 and "but there is openOrders" in done.stdout
    finally:
        playground.send_signal(signal.SIGINT)
        assert playground.wait(20) == 0
