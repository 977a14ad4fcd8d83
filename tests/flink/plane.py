"""The data plane of MSF: processes of this machine run the job.

MiniStack has a data plane of containers. On an update it stops the job with a savepoint, ends JobManager and TaskManager, starts new ones
of the new size, and runs the jar from the savepoint. This module replaces the containers by processes; the sequence stays MiniStack's.

As on MSF, a lost process is started again, and the job continues from its last checkpoint. The operations of an application have the
times that the updates took. `events.jsonl` in the folder of the run has all events, with real times.
"""

import json
import os
import threading
import time
from pathlib import Path

from clock import SPEED, real_time
from cluster import JOB_MANAGER, Cluster
from ministack.services import kinesisanalyticsv2 as service
from ministack.services import kinesisanalyticsv2_flink as plane

FOLDER = Path(os.environ["FLINK_FOLDER"])
JARS = os.environ["FLINK_JARS"]
# MSF starts machines before Flink. Seconds of the fast clock.
PROVISION_SECONDS = float(os.environ.get("FLINK_PROVISION_SECONDS", "30"))
SAVEPOINTS, CHECKPOINTS = FOLDER / "savepoints", FOLDER / "checkpoints"

_writing = threading.Lock()


def note(event, **details):
    line = json.dumps({"time": real_time(), "event": event, **details})
    with _writing, (FOLDER / "events.jsonl").open("a") as file:
        file.write(line + "\n")


def options(application):
    """The options of Flink that MSF sets for an application. The interval of checkpoints is of the fast clock."""
    checkpointing = plane._checkpointing(application)
    return {
        "execution.checkpointing.savepoint-dir": f"file://{SAVEPOINTS}",
        "execution.checkpointing.dir": f"file://{CHECKPOINTS}",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.interval": f"{int(checkpointing[0] / SPEED) if checkpointing else 0} ms",
        "restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": 2**31 - 1,
        "restart-strategy.fixed-delay.delay": f"{int(10_000 / SPEED)} ms",
        # Flink finds a lost process by a failed call, or after this time: by default 50 s, which would be minutes of the fast clock.
        "heartbeat.interval": "1 s", "heartbeat.timeout": "20 s",
        "jobmanager.execution.failover-strategy": "region",
    }


def launch(_client, application, cluster):
    parallelism = plane._parallelism(application)
    time.sleep(PROVISION_SECONDS / SPEED)
    properties = FOLDER / "application_properties.json"
    properties.write_bytes(plane._properties_json(application))
    local = Cluster(FOLDER / "cluster", JARS, parallelism, properties, options(application))
    cluster.update(local=local, jm_id="local", rest_url=local.rest)
    local.start_all()
    note("starting", parallelism=parallelism, processes={main.rsplit(".", 1)[1]: each.pid for main, each in local.processes.items()})
    threading.Thread(target=supervise, args=(cluster, local), daemon=True).start()
    local.await_task_manager()
    return parallelism


def teardown(_client, cluster, remove_volume=False, app=None):
    local = cluster.pop("local", None)
    if local:
        local.down()
        note("ended")


def supervise(cluster, local):
    """Starts a lost process again. A lost JobManager has also lost the job, which then continues from its last checkpoint."""
    while local.wanted:
        time.sleep(0.3)
        for main, process in list(local.processes.items()):
            if process.poll() is None or not local.wanted:
                continue
            note("lost", process=main)
            local.start(main)
            if main == JOB_MANAGER and cluster.get("submitted"):
                resubmit(cluster, local)


def resubmit(cluster, local):
    body = dict(cluster["submitted"])
    checkpoints = sorted((CHECKPOINTS / cluster["job_id"]).glob("chk-*/_metadata"), key=lambda each: int(each.parent.name[4:]))
    if checkpoints:
        body["savepointPath"] = f"file://{checkpoints[-1].parent}"
    while local.wanted:
        try:
            local.await_task_manager()
            # A new JobManager has a new folder for jars.
            jar = plane._upload_jar(cluster, cluster["jar"])
            cluster["job_id"] = plane._rest(cluster, "POST", f"/jars/{jar}/run", body, timeout=60.0)["jobid"]
            return
        except (OSError, RuntimeError) as error:
            note("not resubmitted", error=str(error)[:200])
            time.sleep(1)


def await_running(cluster, _job_id, deadline):
    """As MiniStack's, but a JobManager may be lost meanwhile."""
    while time.monotonic() < deadline and not cluster.get("cancelled"):
        try:
            state = plane_rest(cluster, "GET", f"/jobs/{cluster['job_id']}", timeout=5.0)["state"]
        except (OSError, RuntimeError):
            state = None
        if state == "RUNNING":
            return
        if state in ("FAILED", "CANCELED", "FINISHED"):
            raise RuntimeError(f"the job is {state}: {plane._root_exception(cluster, cluster['job_id'])}")
        time.sleep(plane._POLL_INTERVAL)
    raise RuntimeError("the job did not start in time, or was stopped before")


plane_rest = plane._rest


def install(applications):
    upload, stop, callback = plane._upload_jar, plane.stop, service._status_callback

    def rest(cluster, method, path, body=None, content_type="application/json", timeout=10.0):
        answer = plane_rest(cluster, method, path, body, content_type, timeout)
        if path.endswith("/run"):
            cluster["submitted"] = body
            note("submitted", job=answer["jobid"], rest=cluster["rest_url"], savepoint=body.get("savepointPath"), parallelism=body["parallelism"])
        return answer

    def upload_and_keep(cluster, jar):
        cluster["jar"] = jar
        return upload(cluster, jar)

    def stop_and_note(application, force, take_snapshot):
        note("stopping")
        savepoint = stop(application, force, take_snapshot)
        note("stopped", savepoint=savepoint)
        return savepoint

    def end_operation(record):
        settle = callback(record)

        def on_status(status, message=None):
            settle(status, message)
            note("status", status=status, message=message)
            applications.end_in_progress(record, status == "RUNNING")

        return on_status

    plane.available = lambda: True
    # The class path has the version of Flink, and MiniStack has no container for Flink 2.
    plane.supports, plane._image_for = lambda _runtime: True, lambda _application: "processes"
    plane._get_docker = object
    plane._SAVEPOINT_DIR = str(SAVEPOINTS)
    plane._POLL_INTERVAL = 0.2
    plane._CLUSTER_TIMEOUT = plane._JOB_TIMEOUT = plane._SAVEPOINT_TIMEOUT = 300.0
    plane._launch, plane._teardown, plane.reset = launch, teardown, lambda: None
    plane._rest, plane._upload_jar, plane.stop, plane._wait_for_job_running = rest, upload_and_keep, stop_and_note, await_running
    service._status_callback = end_operation
    # Operations keep the times of the fast clock, and only the data plane ends one.
    applications.EARLIER, applications.WAIT_SCALE, applications.SECONDS = 0, 1.0, float("inf")
