"""Reads a job by the REST API of Flink, and returns the samples that MSF would publish."""

import json
import urllib.request

import clock

# Flink updates its accumulated times as it likes, so that a rate needs two observations at least this far apart, in seconds of the fast clock.
SHORTEST_SPAN, LONGEST_SPAN = 29, 121
TIMES = ("busy", "idle", "backpressured")
JOB_METRICS = ["lastCheckpointDuration", "numberOfCompletedCheckpoints", "numberOfFailedCheckpoints", "uptime"]
TASK_METRICS = {
    "arrivals": ["numRecordsOut", "Source__arrivals.pendingRecords", "Source__arrivals.millisBehindLatest"],
    "work": ["numRecordsIn", "work.ageOfLastRecordMs"],
}


class Observer:
    """Keeps the observations of the last two minutes. A metric of Flink that is a mean of 60 s would be a mean of ten minutes here."""

    def __init__(self, flink):
        self._kept = []
        self._job_metrics = ",".join([*JOB_METRICS, flink.restarts])

    def observe(self, rest, job):
        """Returns the samples by the name of the metric, and an empty dictionary while the job does not run."""
        try:
            seen = self._read(f"{rest}/jobs/{job}")
        except (OSError, KeyError, ValueError):
            # A busy machine, or a cluster that starts; the times of another attempt are not compared.
            return {}
        if seen is None:
            self._kept = []
            return {}
        now, shape = seen["time"], seen["shape"]
        self._kept = [each for each in self._kept if each["shape"] == shape and each["time"] >= now - LONGEST_SPAN]
        before = next((each for each in self._kept if each["time"] <= now - SHORTEST_SPAN), None)
        self._kept.append(seen)
        samples = dict(seen["samples"])
        if before:
            for task, subtasks in seen["times"].items():
                for name in TIMES:
                    samples[f"{task}.{name}"] = [share(now_, then, name) for now_, then in zip(subtasks, before["times"][task])]
            records = seen["records"] - before["records"]
            samples["throughput"] = [records / (now - before["time"])]
        return samples

    def _read(self, url):
        described = get(url)
        vertices = {name: vertex for vertex in described["vertices"] for name in TASK_METRICS if name in vertex["name"]}
        others = {vertex["name"]: vertex for vertex in described["vertices"] if vertex not in vertices.values()}
        if described["state"] != "RUNNING" or any(vertex["status"] != "RUNNING" for vertex in described["vertices"]):
            return None
        seen = {"time": clock.now(), "times": {}, "samples": {"parallelism": [vertices["work"]["parallelism"]]}}
        for name, vertex in {**vertices, **others}.items():
            subtasks = get(f"{url}/vertices/{vertex['id']}")["subtasks"]
            seen["times"][name] = [{kind: float(each["metrics"][f"accumulated-{kind}-time"]) for kind in TIMES} for each in subtasks]
        # A task that starts has no times yet.
        if any(value != value for subtasks in seen["times"].values() for each in subtasks for value in each.values()):
            return None
        # A new attempt starts from zero, so that it must not be compared with the one before.
        attempts = [(vertex["start-time"], vertex["parallelism"]) for vertex in described["vertices"]]
        seen["shape"] = (url, attempts)
        for name, metrics in TASK_METRICS.items():
            found = get(f"{url}/vertices/{vertices[name]['id']}/subtasks/metrics?get={','.join(metrics)}&agg=min,max,sum")
            # Flink answers with no metric at all while one of them is missing.
            for each in found:
                metric = each["id"].split(".")[-1]
                seen["samples"][metric] = summary(each, vertices[name]["parallelism"])
        seen["records"] = sum(seen["samples"]["numRecordsIn"])
        for each in get(f"{url}/metrics?get={self._job_metrics}"):
            seen["samples"][each["id"]] = [float(each["value"])]
        for name in ("millisBehindLatest", "ageOfLastRecordMs", "lastCheckpointDuration", "uptime"):
            seen["samples"][name] = [value * clock.SPEED for value in seen["samples"].get(name, []) if value >= 0]
        return seen


def summary(aggregated, count):
    """Returns as many samples as there are subtasks, with the same minimum, maximum and sum: all that CloudWatch keeps."""
    low, high, total = (float(aggregated[name]) for name in ("min", "max", "sum"))
    if count == 1:
        return [total]
    between = count - 2
    return [low, high, *[(total - low - high) / max(between, 1)] * between]


def share(now, then, name):
    """Returns the milliseconds per second that a subtask spent so."""
    spent = {kind: now[kind] - then[kind] for kind in TIMES}
    return min(1000.0, max(0.0, 1000 * spent[name] / (sum(spent.values()) or 1)))


def get(url):
    with urllib.request.urlopen(url, timeout=3) as answer:
        return json.load(answer)
