"""The state machine on a third-party interpreter: for the same answers of the tasks, the path is the same.

MiniStack replays every execution of every scenario of the simulator, including faults: with the deployed file, the same input,
and functions that repeat the recorded answers of the tasks. The payloads of the calls, the entered states and the end must be
equal.
"""

import io
import json
import re
import subprocess
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from engine import ROOT, Engine
from stack import Execution, eventually

DEFINITION = (ROOT / "statemachine" / "autoscaler.asl.json").read_text()
# Fields that differ in each execution: the context's times, and the execution's name.
OF_THE_CONTEXT = ["now", "startedAt", "execution"]


def recorded():
    """The executions of the simulator, by scenario."""
    command = ["cargo", "run", "--quiet", "--locked", "--example", "executions"]
    printed = subprocess.run(command, cwd=ROOT, text=True, check=True, stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in printed.splitlines()]


EXECUTIONS = recorded()


class Functions:
    """An HTTP server behind the three functions: it returns the recorded answers in order, and records the requests."""

    def __init__(self):
        functions = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = json.dumps(functions.answer(self.path.strip("/"), payload)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                """Suppresses the log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.replay([])

    def replay(self, calls):
        self._calls, self.asked = list(calls), []

    def answer(self, task, payload):
        self.asked.append((task, payload))
        if not self._calls:
            return {"errorType": "Fatal", "errorMessage": "the recorded execution has no further call"}
        return self._calls.pop(0)["answer"]

    def stop(self):
        self._server.shutdown()


@pytest.fixture(scope="module")
def functions():
    serving = Functions()
    yield serving
    serving.stop()


@pytest.fixture(scope="module")
def machine(functions):
    """An engine without waits, and a function that creates the deployed state machine for a policy."""
    engine = Engine(wait_scale="0")
    clients = {name: boto3.client(name, endpoint_url=engine.url, region_name="eu-central-1", aws_access_key_id="test",
                                  aws_secret_access_key="test") for name in ("lambda", "stepfunctions", "iam")}
    role = clients["iam"].create_role(RoleName="any", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
            "Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}}]}))["Role"]["Arn"]
    arns = {}
    for task in ("check", "scale", "poll"):
        arns[f"{task.title()}FunctionArn"] = clients["lambda"].create_function(
            FunctionName=task, Role=role, Runtime="provided.al2023", Handler=task, Code={"ZipFile": any_zip()},
            Environment={"Variables": {"MINISTACK_LAMBDA_PROXY_URL": f"{functions.url}/{task}"}})["FunctionArn"]
    made = {}

    def of(policy):
        definition = re.sub(r"\$\{(\w+)\}", lambda name: {**arns, **policy}[name[1]], DEFINITION)
        if definition not in made:
            made[definition] = clients["stepfunctions"].create_state_machine(
                name=f"machine-{len(made)}", definition=definition, roleArn=role)["stateMachineArn"]
        return made[definition]

    yield clients["stepfunctions"], of
    engine.stop()


def any_zip():
    """Returns a zip for a function. Its content is not used, because the calls are forwarded."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("bootstrap", "")
    return file.getvalue()


def without_context(payload):
    return {key: value for key, value in payload.items() if key not in OF_THE_CONTEXT}


def parsed(cause):
    """Parses a cause that is a JSON document, whose spaces may differ."""
    return json.loads(cause) if cause and cause.startswith("{") else cause


def test_every_scenario_is_recorded():
    scenarios = {file.stem for file in (ROOT / "tests" / "scenarios").glob("*.txt")}
    assert {execution["scenario"] for execution in EXECUTIONS} == scenarios
    assert {execution["outcome"]["status"] for execution in EXECUTIONS} == {"SUCCEEDED", "FAILED"}
    states = {state for execution in EXECUTIONS for state in execution["path"]}
    assert states == set(json.loads(DEFINITION)["States"])


@pytest.mark.parametrize("execution", EXECUTIONS, ids=lambda execution: f"{execution['scenario']}-{execution['path'][-1]}")
def test_path_and_end_are_equal(functions, machine, execution):
    states, machine_of = machine
    functions.replay(execution["calls"])
    arn = states.start_execution(stateMachineArn=machine_of(execution["policy"]),
                                 input=json.dumps(execution["input"]))["executionArn"]
    eventually("the execution ends", lambda: states.describe_execution(executionArn=arn)["status"] != "RUNNING")
    run = Execution(arn, states)
    asked = [(task, without_context(payload)) for task, payload in functions.asked]
    assert asked == [(call["task"], without_context(call["payload"])) for call in execution["calls"]]
    assert run.path == execution["path"]
    ended = execution["outcome"]
    assert (run.status, run.error, parsed(run.cause)) == (ended["status"], ended.get("error"), parsed(ended.get("cause")))
    if run.status == "SUCCEEDED":
        assert run.output == ended["output"]
