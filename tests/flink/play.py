"""One run of the deployed stack on a running Flink job: its load, its metrics, its alarms, and its record."""

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import audit
import boto3
import clock
from cloudwatch import Alarms, Publisher
from engine import Engine
from load import RECORDS_PER_KPU
from observer import Observer
from package import packaged
from stack import Application, Stack, Subscriber, eventually
from versions import FLINK_1_20, FOLDER

HERE = Path(__file__).parent
# The tick of `kpu simulate`.
TICK_SECONDS = 10


@dataclass
class Update:
    """An update of the application, in minutes of the load."""

    kpus: int
    requested: float
    savepoint: str | None
    stopped: float
    running: float | None
    status: str | None
    restored_from: str | None


class Play:
    """Deploys the template for a job, and plays a load. Metrics that are `withheld` are not published."""

    def __init__(self, name, load, kpus, speed, job=(), flink=FLINK_1_20, withheld=(), **parameters):
        self.name, self.load, self.kpus, self.speed = name, load, kpus, speed
        self.parameters = {"ApplicationName": name, "Architecture": "x86_64", **parameters}
        self._job, self.flink, self._withheld = dict(job), flink, withheld
        self.keys = int(self._job.get("keys", 1024))
        self.folder = FOLDER / "runs" / name
        self.rows, self.alarms, self.gaps = [], [], []
        self._actions, self._runs = [], []

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in ("journal", "tallies", "savepoints", "checkpoints"):
            (self.folder / folder).mkdir(parents=True)
        self.load.write(self.folder / "trace.csv")
        (self.folder / "events.jsonl").touch()
        settings = clock.begin(self.speed)
        self.engine = Engine(
            str(1 / self.speed), HERE / "ministack_with_flink.py", FLINK_FOLDER=str(self.folder), FLINK_JARS=self.flink.jars,
            # A function signs with the time of the machine, which MiniStack's fast clock would reject. tests/engines tests the permissions.
            AUTH="false", **settings)
        try:
            self._deploy()
        except BaseException:
            self.engine.stop()
            raise
        return self

    def __exit__(self, *_):
        self._write_rows()
        self.engine.stop()
        self.wait_for_end_of(self.name)

    @staticmethod
    def wait_for_end_of(name):
        """Waits until no process of a run is left: the command of each has the folder of the run."""
        eventually("no process of the run is left", lambda: not processes_of(FOLDER / "runs" / name), timeout=60)

    def _deploy(self):
        self.engine.use()
        boto3.setup_default_session(region_name="eu-central-1")
        self.zero = clock.real_time()
        code = boto3.client("s3")
        code.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        code.put_object(Bucket="code", Key="job.jar", Body=self.flink.job.read_bytes())
        properties = {"trace": self.folder / "trace.csv", "speed": self.speed, "folder": self.folder,
                      "capacity": RECORDS_PER_KPU * self.speed, **self._job}
        self.application = FlinkApplication(self.name, self.kpus, self.flink.runtime, properties)
        self.stack = Stack.create(packaged(), f"{self.name}-scaling", **self.parameters)
        self.subscriber = Subscriber(self.stack)
        self._say("the stack is deployed")
        eventually("the application has started", lambda: self.application.describe()["ApplicationStatus"] != "STARTING", timeout=120)
        assert self.application.describe()["ApplicationStatus"] == "RUNNING", self.events()[-1]
        self._say("the job runs")
        self._start_the_load()
        self._observer = Observer(self.flink)
        arrived = lambda begin, end: self.load.arrived(self.seconds(begin), self.seconds(end))
        self._publisher = Publisher(self.name, "clicks", arrived, self.flink, self._withheld)
        self._alarms = Alarms([self.stack.resources[name] for name in ("ScaleOutAlarm", "ScaleInAlarm")])

    def _start_the_load(self):
        """Writes the time at which the load begins, at once complete."""
        self.zero = clock.real_time() + 1
        written = self.folder / "start.part"
        written.write_text(str(int(self.zero * 1000)))
        written.rename(self.folder / "start")

    def seconds(self, fast):
        """Returns the second of the load at a time of the fast clock."""
        return (clock.real(fast) - self.zero) * self.speed

    @property
    def minute(self):
        return (clock.real_time() - self.zero) * self.speed / 60

    def when(self, description, condition, action):
        """Takes an action once, as soon as a condition on the run holds."""
        self._actions.append((description, condition, action))

    def until(self, minute, condition=lambda: False):
        """Plays until a minute of the load, or until a condition holds."""
        due = time.monotonic()
        while self.minute < minute and not condition():
            time.sleep(max(0, due - time.monotonic()))
            due = max(due + TICK_SECONDS / self.speed, time.monotonic())
            self._tick()

    def _tick(self):
        job = self.newest_job()
        samples = self._observer.observe(job["rest"], job["job"]) if job else {}
        self._publisher.collect(samples)
        detail = self.application.describe()
        parallelism = self.application.parallelism["Parallelism"]
        row = {"minute": self.minute, "status": detail["ApplicationStatus"], "kpus": parallelism, "samples": samples}
        if not self.rows or any(self.rows[-1][name] != row[name] for name in ("status", "kpus")):
            self._say(f"{row['status']}, {parallelism} KPU")
        self.rows.append(row)
        for minute, metrics in self._publisher.publish_due():
            at = self.seconds(minute * 60) / 60
            if "containerCPUUtilization" not in metrics and at >= 0:
                self.gaps.append(at)
            changed = self._alarms.evaluate(minute)
            for name, state in changed.items():
                self.alarms.append((self.minute, name.removeprefix(f"{self.stack.name}-"), state))
                self._say(f"{self.alarms[-1][1]} is {state}")
        for entry in list(self._actions):
            description, condition, action = entry
            if condition():
                self._actions.remove(entry)
                action()
                self._say(description)

    def _say(self, text):
        """Prints the progress, which `pytest -s` shows and a failure has."""
        print(f"{self.name} {self.minute:6.1f} min: {text}", flush=True)

    # ---- the record of the run ----

    def events(self):
        return [json.loads(line) for line in (self.folder / "events.jsonl").read_text().splitlines()]

    def newest_job(self):
        return next((event for event in reversed(self.events()) if event["event"] == "submitted"), None)

    def processes(self):
        """Returns the process identifiers of the newest cluster by the names of their classes."""
        return next(event["processes"] for event in reversed(self.events()) if event["event"] == "starting")

    @property
    def updates(self):
        """Returns the updates after the start of the application."""
        updates = []
        minute = lambda event: (event["time"] - self.zero) * self.speed / 60
        for event in self.events():
            if event["event"] == "stopping":
                updates.append(Update(0, minute(event), None, 0, None, None, None))
            if not updates:
                continue
            update = updates[-1]
            if event["event"] == "stopped":
                update.savepoint, update.stopped = event["savepoint"], minute(event)
            elif event["event"] == "starting":
                update.kpus = event["parallelism"]
            elif event["event"] == "submitted" and update.restored_from is None:
                update.restored_from = event["savepoint"]
            elif event["event"] == "status":
                update.status, update.running = event["status"], minute(event)
        return updates

    @property
    def sizes(self):
        return [self.kpus, *[update.kpus for update in self.updates]]

    def runs(self):
        """Returns all executions of the state machine, the oldest first, and waits for the end of those that run."""
        self._runs += [self.stack.end_of(arn, timeout=120) for arn in self.stack.new_runs()]
        return sorted(self._runs, key=lambda run: run.started)

    def follows_an_update(self):
        """Whether an execution is running. After a step it waits for data from after the restart, so that the metrics must go on."""
        states = boto3.client("stepfunctions")
        return bool(states.list_executions(stateMachineArn=self.stack.resources["StateMachine"], statusFilter="RUNNING")["executions"])

    def next_failed_run(self):
        """Waits for an execution that fails, and returns it."""
        return eventually("an execution fails", lambda: [run for run in self.runs() if run.status != "SUCCEEDED"])[0]

    def functions(self):
        """Returns the identifiers of the running functions, which MiniStack has started."""
        return [pid for pid in processes_of("bootstrap") if is_child_of(pid, self.engine.pid)]

    def messages(self):
        """Returns all notifications."""
        found = []
        while (message := self.subscriber.next_message_or_none()) is not None:
            found.append(message["Message"])
        return found

    def is_drained(self):
        """Whether all records have arrived, and have been processed: none is pending, and no more are counted."""
        newest = [row["samples"] for row in self.rows[-2:] if row["status"] == "RUNNING"]
        idle = [sum(each["numRecordsIn"]) for each in newest if sum(each.get("pendingRecords", [1])) == 0 and "numRecordsIn" in each]
        return self.minute > self.load.minutes and len(idle) == 2 and idle[0] == idle[1]

    def lag_seconds(self, after, before=float("inf")):
        """Returns the lags that the source has reported between two minutes of the load."""
        return [max(row["samples"]["millisBehindLatest"]) / 1000 for row in self.rows
                if after <= row["minute"] < before and row["samples"].get("millisBehindLatest")]

    def tallies(self):
        """Requests the tallies of all keys, and returns them once all are there. All records must have been processed."""
        (self.folder / "audit").touch()
        eventually("all keys have their tallies", lambda: len(audit.counted(self.folder / "tallies")) == self.keys, timeout=60)
        return audit.counted(self.folder / "tallies")

    def expected_tallies(self):
        return audit.expected(self.load.records, self.keys, float(self._job.get("hot", 0)))

    def read_result(self):
        """Reads everything that the tests compare, while the stack is there."""
        self.result = {
            "tallies": self.tallies(), "operations": self.application.operations(), "snapshots": self.application.snapshots(),
            "runs": self.runs(), "messages": self.messages()}

    def _write_rows(self):
        rows = [{**row, "samples": {name: values for name, values in row["samples"].items() if values}} for row in self.rows]
        record = {"speed": self.speed, "zero": self.zero, "rows": rows, "alarms": self.alarms, "gaps": self.gaps}
        (self.folder / "run.json").write_text(json.dumps(record))


class FlinkApplication(Application):
    """An application of MSF with a jar and with properties. The built-in autoscaling is enabled, as by default."""

    def __init__(self, name, kpus, runtime, properties):
        self.name = name
        self._client = boto3.client("kinesisanalyticsv2")
        self._client.create_application(
            ApplicationName=name, RuntimeEnvironment=runtime, ServiceExecutionRole="arn:aws:iam::000000000000:role/application",
            ApplicationConfiguration={
                "ApplicationCodeConfiguration": {"CodeContentType": "ZIPFILE", "CodeContent": {
                    "S3ContentLocation": {"BucketARN": "arn:aws:s3:::code", "FileKey": "job.jar"}}},
                "EnvironmentProperties": {"PropertyGroups": [
                    {"PropertyGroupId": "job", "PropertyMap": {key: str(value) for key, value in properties.items()}}]},
                "ApplicationSnapshotConfiguration": {"SnapshotsEnabled": True},
                "FlinkApplicationConfiguration": {"ParallelismConfiguration": {
                    "ConfigurationType": "CUSTOM", "Parallelism": kpus, "ParallelismPerKPU": 1, "AutoScalingEnabled": True}}})
        self._client.start_application(ApplicationName=name)

    def operations(self):
        """Returns the operations as (begin, end, status), the oldest first."""
        listed = self._client.list_application_operations(ApplicationName=self.name)["ApplicationOperationInfoList"]
        return sorted((each["StartTime"], each.get("EndTime"), each["OperationStatus"]) for each in listed)

    def snapshots(self):
        return self._client.list_application_snapshots(ApplicationName=self.name)["SnapshotSummaries"]


def processes_of(text):
    """Returns the identifiers of the processes with this text in their command."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(entry.name) != os.getpid() and str(text) in (entry / "cmdline").read_text():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def is_child_of(process, parent):
    try:
        return f"\nPPid:\t{parent}\n" in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
