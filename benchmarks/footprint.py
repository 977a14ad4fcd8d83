"""Measures the footprint of the functions beside an empty function: CPU until the request for the first invocation, CPU until its
answer, memory, and the size of the zip.

    cargo build --release -p lambdas --bins --example hello && python3 benchmarks/footprint.py

Each process is started by itself against an emulated Runtime API. `check` reads two alarms that are OK and an application
from emulated CloudWatch and MSF over TLS on this machine, as a heartbeat does. CPU is the time on a processor of all threads of the
process, as counted by the kernel. The rounds rotate through the functions. Medians are printed, with the minimum in brackets.
"""

import http.server
import json
import ssl
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASE = ROOT / "target" / "release"
ROUNDS = 25

POLICY = {
    "ApplicationName": "orders", "ScaleOutAlarm": "out", "ScaleInAlarm": "in", "ScaleInMaxLag": "", "MinKpu": "1", "MaxKpu": "10",
    "MaxParallelism": "", "ScalingOperation": "Multiply/Divide", "ScaleOutFactor": "2", "ScaleInFactor": "2",
    "GracePeriodSeconds": "300", "PollIntervalSeconds": "15", "UpdateTimeoutMinutes": "30", "HeartbeatMinutes": "5", "FailurePauseMinutes": "30", "LagObjectiveSeconds": "60",
}
EVENT = {"now": "2027-01-15T08:00:00.000Z", "startedAt": "2027-01-15T08:00:00.000Z", "policy": POLICY, "run": {}}


def cbor(value):
    """Encodes a value in the subset of CBOR that the answer needs."""

    def head(major, count):
        return bytes([major << 5 | count]) if count < 24 else bytes([major << 5 | 24, count])

    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(cbor(key) + cbor(item) for key, item in value.items())
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, float):
        return struct.pack(">Bd", 0xFB, value)
    return head(0, value)


def alarm(name, comparison, threshold):
    return {
        "AlarmName": name, "StateValue": "OK", "MetricName": "containerCPUUtilization", "Namespace": "AWS/KinesisAnalytics",
        "Statistic": "Average", "Period": 60, "EvaluationPeriods": 3, "Threshold": threshold, "ComparisonOperator": comparison,
    }


ALARMS = {"MetricAlarms": [alarm("out", "GreaterThanThreshold", 85.0), alarm("in", "LessThanOrEqualToThreshold", 20.0)]}


def cpu_ms(pid):
    """Returns the milliseconds on a processor of all threads."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


APPLICATION = {"ApplicationDetail": {
    "ApplicationARN": "arn", "ApplicationName": "orders", "RuntimeEnvironment": "FLINK-1_20", "ApplicationStatus": "RUNNING",
    "ApplicationVersionId": 7, "ApplicationConfigurationDescription": {"FlinkApplicationConfigurationDescription": {
        "ParallelismConfigurationDescription": {"CurrentParallelism": 4, "ParallelismPerKPU": 1}}},
}}


class Aws(Quiet):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["X-Amz-Target"]:
            self.reply(200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(APPLICATION).encode())
            return
        self.reply(200, {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, cbor(ALARMS))


class Runtime(Quiet):
    """The Runtime API with one invocation; records the CPU at its request and at its answer."""

    def do_GET(self):
        run = self.server.run
        if "init" in run:
            run["over"].wait()
            return
        run["started"].wait()
        run["init"] = cpu_ms(run["pid"])
        headers = {"Lambda-Runtime-Aws-Request-Id": "one", "Lambda-Runtime-Deadline-Ms": "9999999999999"}
        self.reply(200, headers, json.dumps(EVENT).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        run = self.server.run
        run["first"], run["answer"] = cpu_ms(run["pid"]), json.loads(body)
        self.reply(202, {}, b"{}")
        run["answered"].set()


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a killed process closes its connections
            super().handle_error(request, client_address)


def start(handler, context=None):
    server = Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"127.0.0.1:{server.server_address[1]}" if not context else f"localhost:{server.server_address[1]}"


def measure(binary, environment):
    run = {name: threading.Event() for name in ("started", "answered", "over")}
    server, address = start(Runtime)
    server.run = run
    process = subprocess.Popen([binary], env={**environment, "AWS_LAMBDA_RUNTIME_API": address}, stdout=subprocess.DEVNULL)
    run["pid"] = process.pid
    run["started"].set()
    if not run["answered"].wait(20):
        sys.exit(f"{binary.name} did not answer")
    peak = int(next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if line.startswith("VmHWM")).split()[1])
    process.kill()
    process.wait()
    run["over"].set()
    server.shutdown()
    server.server_close()
    return {"init": run["init"], "first": run["first"], "peak": peak / 1024, "answer": run["answer"]}


def certificates(folder):
    """Creates a certificate authority, and a certificate for this machine."""
    authority, key, certificate = (folder / name for name in ("authority.pem", "key.pem", "certificate.pem"))
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    openssl("req", "-x509", *new_key, "-subj", "/CN=authority", "-keyout", folder / "authority.key", "-out", authority)
    openssl("req", "-x509", *new_key, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-addext", "basicConstraints=critical,CA:FALSE", "-CA", authority, "-CAkey", folder / "authority.key",
            "-keyout", key, "-out", certificate)
    return authority, key, certificate


def zipped(binary):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "function.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(binary, "bootstrap")
        return path.stat().st_size / 1e6


def main():
    functions = {"hello": RELEASE / "examples" / "hello", "check": RELEASE / "kpu-autoscaler"}
    missing = [str(binary) for binary in functions.values() if not binary.exists()]
    if missing:
        sys.exit(f"build first: {' and '.join(missing)}")
    with tempfile.TemporaryDirectory() as folder:
        authority, key, certificate = certificates(Path(folder))
        # The function reads the certificates of the system, as on Lambda.
        bundle = Path(folder) / "bundle.pem"
        system = Path(ssl.get_default_verify_paths().openssl_cafile)
        system = next((path for path in (system, Path("/etc/ssl/certs/ca-certificates.crt")) if path.exists()), None)
        bundle.write_text((system.read_text() if system else "") + authority.read_text())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(certificate, key)
        _, cloudwatch = start(Aws, context)
        environment = {
            "AWS_LAMBDA_FUNCTION_NAME": "function", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "_HANDLER": "check",
            "AWS_ENDPOINT_URL": f"https://{cloudwatch}", "SSL_CERT_FILE": str(bundle),
        }
        results = {name: [] for name in functions}
        for _ in range(ROUNDS):
            for name, binary in functions.items():
                results[name].append(measure(binary, environment))
        verdict = results["check"][0]["answer"].get("verdict")
        if verdict != "Quiet":
            sys.exit(f"check answered {results['check'][0]['answer']}")
    print(f"{'':8}{'init CPU, ms':>18}{'init + first, ms':>20}{'peak memory, MiB':>20}{'zip, MB':>10}")
    for name, runs in results.items():
        figures = [f"{statistics.median(column):.1f} ({min(column):.1f})" for column in
                   ([run[figure] for run in runs] for figure in ("init", "first", "peak"))]
        print(f"{name:8}{figures[0]:>18}{figures[1]:>20}{figures[2]:>20}{zipped(functions[name]):>10.2f}")


if __name__ == "__main__":
    main()
