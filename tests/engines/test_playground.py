"""The playground: it deploys its stacks, one with the parameters of the user, and its commands find the defect of the other one."""

import re
import signal
import subprocess
import sys

from engine import HERE

GIVEN = ["ApplicationName=shop", "ScalingOperation=Demand", "MaxKpu=16"]


def test_the_commands_of_the_playground_show_the_given_parameters_and_the_wrong_metric(kpu):
    playground = subprocess.Popen([sys.executable, "-B", HERE / "playground.py", *GIVEN], stdout=subprocess.PIPE, text=True)
    try:
        printed = ""
        while "explain --stack" not in printed:
            line = playground.stdout.readline()
            assert line, "the playground has ended"
            printed += line
        exports = dict(re.findall(r"export (\w+)=(\S+)", printed))
        commands = re.findall(r"cargo run --features aws -- ([^#\n]*)", printed)
        done = {command.strip(): kpu(*command.split(), **exports) for command in commands}
        clicks = done["doctor --stack clicks-scaling"]
        assert clicks.returncode == 4 and "but there is openOrders" in clicks.stdout
        assert "1 to 16 KPU" in done["status --stack shop-scaling"].stdout
        explained = done["explain --stack shop-scaling --since 1h"]
        assert explained.returncode == 0 and "2, quiet" in explained.stdout, explained.stdout + explained.stderr
    finally:
        playground.send_signal(signal.SIGINT)
        assert playground.wait(20) == 0


def test_the_playground_refuses_an_argument_that_is_not_a_parameter():
    done = subprocess.run([sys.executable, "-B", HERE / "playground.py", "MaxKpu"], text=True, capture_output=True)
    assert done.returncode == 1 and "'MaxKpu' is not a parameter; write it as MaxKpu=16" in done.stderr
