"""Publishes the samples of the job as MSF and Kinesis publish theirs, and evaluates the alarms of a stack as CloudWatch does.

Every minute has one data point a metric, with the number, the sum, the minimum and the maximum of its samples. It can be read
`PUBLISHING_DELAY` seconds after its minute. How MSF aggregates busy time at the level APPLICATION is not documented; here each subtask of
each task is a sample. `containerCPUUtilization` is a stand-in, computed from the busy time of the work, because this machine is shared.
"""

from datetime import datetime, timezone

import boto3
import clock

# The model of `kpu simulate` has the same delay.
PUBLISHING_DELAY = 90
IDLE_CPU, BUSY_CPU = 5.0, 95.0


def moment(fast):
    return datetime.fromtimestamp(fast, timezone.utc)


def published(samples, flink):
    """Returns the metrics of MSF by their names, from the samples of one observation. The version of Flink names the restarts."""
    busy = [value for name, values in samples.items() if name.endswith(".busy") for value in values]
    pressed = [value for name, values in samples.items() if name.endswith(".backpressured") for value in values]
    return {
        "containerCPUUtilization": [IDLE_CPU + (BUSY_CPU - IDLE_CPU) * value / 1000 for value in samples.get("work.busy", [])],
        "busyTimeMsPerSecond": busy,
        "backPressuredTimeMsPerSecond": pressed,
        "millisBehindLatest": samples.get("millisBehindLatest", []),
        "numRecordsInPerSecond": samples.get("throughput", []),
        "lastCheckpointDuration": samples.get("lastCheckpointDuration", []),
        "numberOfFailedCheckpoints": samples.get("numberOfFailedCheckpoints", []),
        flink.restarts: samples.get(flink.restarts, []),
        "uptime": samples.get("uptime", []),
    }


class Publisher:
    """Collects samples by the minute, and publishes a minute after its delay. Metrics that are `withheld` are not published."""

    def __init__(self, application, stream, arrived, flink, withheld):
        self._application, self._stream, self._arrived = application, stream, arrived
        self._flink, self._withheld = flink, withheld
        self._watch = boto3.client("cloudwatch")
        self._minutes = {}
        self._next = int(clock.now() // 60)

    def collect(self, samples):
        minute = self._minutes.setdefault(int(clock.now() // 60), {})
        for name, values in published(samples, self._flink).items():
            if name not in self._withheld:
                minute.setdefault(name, []).extend(values)

    def publish_due(self):
        """Publishes the minutes that are due, and returns their numbers with the names of their metrics."""
        due = []
        while clock.now() >= (self._next + 1) * 60 + PUBLISHING_DELAY:
            measured = {name: values for name, values in self._minutes.pop(self._next, {}).items() if values}
            self._publish(self._next, measured)
            due.append((self._next, sorted(measured)))
            self._next += 1
        return due

    def _publish(self, minute, measured):
        application = {"Name": "Application", "Value": self._application}
        source = [{"Name": "Id", "Value": self._stream}, application, {"Name": "Flow", "Value": "Input"}]
        data = [point(name, source if name == "millisBehindLatest" else [application], minute, values) for name, values in measured.items()]
        if data:
            self._watch.put_metric_data(Namespace="AWS/KinesisAnalytics", MetricData=data)
        records = self._arrived(minute * 60, minute * 60 + 60)
        stream = [{"Name": "StreamName", "Value": self._stream}]
        self._watch.put_metric_data(Namespace="AWS/Kinesis", MetricData=[point("IncomingRecords", stream, minute, [records])])


def point(name, dimensions, minute, values):
    return {"MetricName": name, "Dimensions": dimensions, "Timestamp": moment(minute * 60), "StatisticValues": {
        "SampleCount": len(values), "Sum": sum(values), "Minimum": min(values), "Maximum": max(values)}}


class Alarms:
    """The alarms of a stack that scale: M of N data points, and a missing data point does not breach."""

    def __init__(self, names):
        self._watch = boto3.client("cloudwatch")
        self._alarms = self._watch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        assert all(alarm["TreatMissingData"] == "notBreaching" for alarm in self._alarms), "only this treatment is written here"
        self.states = {alarm["AlarmName"]: "OK" for alarm in self._alarms}

    def evaluate(self, minute):
        """Evaluates the alarms on the data up to the end of a minute, and returns those that changed."""
        changed = {}
        for alarm in self._alarms:
            values = self._values(alarm, minute)
            above = alarm["ComparisonOperator"] == "GreaterThanThreshold"
            breaching = sum(value > alarm["Threshold"] if above else value <= alarm["Threshold"] for value in values)
            state = "ALARM" if breaching >= alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) else "OK"
            name = alarm["AlarmName"]
            if state != self.states[name]:
                self.states[name] = changed[name] = state
                self._watch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=f"{breaching} data points breach")
        return changed

    def _values(self, alarm, minute):
        metric = {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")}
        end = (minute + 1) * 60
        answer = self._watch.get_metric_data(
            StartTime=moment(end - alarm["EvaluationPeriods"] * alarm["Period"]), EndTime=moment(end),
            MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": alarm["Statistic"]}}])
        return answer["MetricDataResults"][0]["Values"]
