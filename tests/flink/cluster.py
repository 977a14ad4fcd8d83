"""A Flink session cluster on loopback: a JobManager and a TaskManager, from the jars of `apache-flink-libraries` and a JRE."""

import json
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "engines"))
from engine import end_with_parent, free_port  # noqa: E402

JOB_MANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
HEAP = {JOB_MANAGER: "384m", TASK_MANAGER: "768m"}
# The modules that the start scripts of Flink's distribution open.
OPENED = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED"
          for name in ("lang", "lang.reflect", "util", "util.concurrent", "io", "net", "nio", "text", "time")]
LOG = """rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
appender.file.name = File
appender.file.type = FILE
appender.file.fileName = ${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} - %m%n
"""

# A process ends with the thread that started it (PR_SET_PDEATHSIG), so that this thread lives as long as the program.
starter = ThreadPoolExecutor(1, thread_name_prefix="flink-starter")


class Cluster:
    """A running cluster. An ended process is started again, as MSF does, until `down`."""

    def __init__(self, folder, jars, slots, properties, options):
        self.folder, self.jars = Path(folder), jars
        self.wanted = True
        self._properties = properties
        port, rpc = free_port(), free_port()
        self.rest = f"http://127.0.0.1:{port}"
        self.options = {
            "rest.address": "127.0.0.1", "rest.bind-address": "127.0.0.1", "rest.port": port,
            "jobmanager.rpc.address": "127.0.0.1", "jobmanager.bind-host": "127.0.0.1", "jobmanager.rpc.port": rpc,
            "taskmanager.host": "127.0.0.1", "taskmanager.bind-host": "127.0.0.1",
            "taskmanager.numberOfTaskSlots": slots, "taskmanager.cpu.cores": slots,
            # The start scripts of the distribution compute these sizes, and the package has no scripts.
            "taskmanager.memory.framework.heap.size": "128m", "taskmanager.memory.framework.off-heap.size": "128m",
            "taskmanager.memory.task.heap.size": "512m", "taskmanager.memory.task.off-heap.size": "0m",
            "taskmanager.memory.network.min": "128m", "taskmanager.memory.network.max": "128m",
            "taskmanager.memory.managed.size": "64m", "taskmanager.memory.jvm-metaspace.size": "256m",
            "taskmanager.memory.jvm-overhead.min": "192m", "taskmanager.memory.jvm-overhead.max": "192m",
            "web.upload.dir": str(self.folder / "upload"), "io.tmp.dirs": str(self.folder / "tmp"),
            "metrics.fetcher.update-interval": 1000,
            # A busy machine starts Flink slowly.
            "pekko.startup-timeout": "120 s", "pekko.ask.timeout": "60 s",
            **options,
        }
        self.processes = {}

    def start_all(self):
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        self.start(JOB_MANAGER)
        self.start(TASK_MANAGER)

    def await_task_manager(self, patience=300):
        """Waits until the TaskManager has registered."""
        deadline = time.monotonic() + patience
        while self.wanted:
            try:
                with urllib.request.urlopen(f"{self.rest}/taskmanagers", timeout=2) as answer:
                    if json.load(answer)["taskmanagers"]:
                        return
            except (OSError, KeyError, ValueError):
                pass
            if time.monotonic() > deadline:
                raise RuntimeError(f"Flink did not start within {patience} s; see {self.folder}")
            time.sleep(0.2)

    def start(self, main):
        self.processes[main] = starter.submit(self._start, main).result()

    def _start(self, main):
        name = "job-manager" if main == JOB_MANAGER else "task-manager"
        configuration = self.folder / name
        configuration.mkdir(parents=True, exist_ok=True)
        lines = [f"{key}: {json.dumps(value)}\n" for key, value in self.options.items()]
        (configuration / "config.yaml").write_text("".join(lines))
        (configuration / "log4j.properties").write_text(LOG)
        command = [
            "java", f"-Xmx{HEAP[main]}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", *OPENED,
            f"-Djava.io.tmpdir={self.folder}/tmp", f"-Dlog.file={self.folder}/{name}.log",
            f"-Dlog4j.configurationFile=file:{configuration}/log4j.properties", f"-Dapplication.properties={self._properties}",
            "-cp", self.jars, main, "--configDir", str(configuration)]
        output = (self.folder / f"{name}.out").open("a")
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, preexec_fn=end_with_parent)

    def down(self):
        self.wanted = False
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
