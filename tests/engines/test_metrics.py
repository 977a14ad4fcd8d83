"""Every metric of the template: its alarms, and one scale-out on each."""

import pytest
from stack import eventually

STREAM = {"KinesisStreamName": "clicks"}
TOPIC = {"MskClusterName": "cluster", "KafkaTopic": "topic", "ConsumerGroup": "group"}
GROUP_OF_TOPIC = {"Cluster Name": "cluster", "Consumer Group": "group", "Topic": "topic"}
THRESHOLDS = {"ScaleOutThreshold": 900, "ScaleInThreshold": 100}
CONSUMER = {"FanOutConsumerName": "consumer"}

# The metric, its further parameters, the namespace, and the dimensions; `APPLICATION` stands for the application's name.
APPLICATION = {"Application": None}
METRICS = [
    ("containerCPUUtilization", {}, "AWS/KinesisAnalytics", APPLICATION),
    ("containerMemoryUtilization", {}, "AWS/KinesisAnalytics", APPLICATION),
    ("busyTimeMsPerSecond", {}, "AWS/KinesisAnalytics", APPLICATION),
    ("backPressuredTimeMsPerSecond", {}, "AWS/KinesisAnalytics", APPLICATION),
    ("lastCheckpointDuration", THRESHOLDS, "AWS/KinesisAnalytics", APPLICATION),
    ("millisBehindLatest", STREAM, "AWS/KinesisAnalytics", {"Id": "clicks", "Flow": "Input", **APPLICATION}),
    ("MaxOffsetLag", {**TOPIC, **THRESHOLDS}, "AWS/Kafka", GROUP_OF_TOPIC),
    ("SumOffsetLag", {**TOPIC, **THRESHOLDS}, "AWS/Kafka", GROUP_OF_TOPIC),
    ("EstimatedMaxTimeLag", TOPIC, "AWS/Kafka", GROUP_OF_TOPIC),
    ("records-lag-max", THRESHOLDS, "AWS/KinesisAnalytics", APPLICATION),
    ("IncomingRecords", {**STREAM, **THRESHOLDS}, "AWS/Kinesis", {"StreamName": "clicks"}),
    ("GetRecords.IteratorAgeMilliseconds", STREAM, "AWS/Kinesis", {"StreamName": "clicks"}),
    ("SubscribeToShardEvent.MillisBehindLatest", {**STREAM, **CONSUMER}, "AWS/Kinesis",
     {"StreamName": "clicks", "ConsumerName": "consumer"}),
    ("Custom", {"CustomMetricName": "openOrders", **THRESHOLDS}, "AWS/KinesisAnalytics", APPLICATION),
]
# CloudFormation allows no underscore in a key of a mapping.
PUBLISHED_AS = {"records-lag-max": "records_lag_max"}
# A lag can only trigger scale-out, so the scale-in alarm of these metrics watches a utilization.
LAGS = {"backPressuredTimeMsPerSecond", "millisBehindLatest", "MaxOffsetLag", "SumOffsetLag", "EstimatedMaxTimeLag",
        "records-lag-max", "GetRecords.IteratorAgeMilliseconds", "SubscribeToShardEvent.MillisBehindLatest"}


def watched(alarm):
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
    return alarm["Namespace"], alarm["MetricName"], dimensions


@pytest.mark.parametrize(("metric", "parameters", "namespace", "dimensions"), METRICS, ids=[row[0] for row in METRICS])
def test_scaling_on(deployed, metric, parameters, namespace, dimensions):
    made = deployed(kpus=2, ScaleMetric=metric, **parameters)
    own = {"Application": made.application.name}
    named = {name: made.application.name if name == "Application" else value for name, value in dimensions.items()}
    out, in_ = made.stack.alarm("Out"), made.stack.alarm("In")
    name = parameters.get("CustomMetricName", PUBLISHED_AS.get(metric, metric))
    assert watched(out) == (namespace, name, named)
    utilization = ("AWS/KinesisAnalytics", "containerCPUUtilization", own)
    assert watched(in_) == (utilization if metric in LAGS else watched(out))
    assert (out["ComparisonOperator"], in_["ComparisonOperator"]) == (
        "GreaterThanThreshold", "LessThanOrEqualToThreshold")
    # A stream publishes nothing while it is idle.
    missing_in = "breaching" if metric == "IncomingRecords" else "notBreaching"
    assert (out["TreatMissingData"], in_["TreatMissingData"]) == ("notBreaching", missing_in)

    made.stack.publish("Out", out["Threshold"] * 2)
    made.stack.set_alarm("Out", "ALARM")
    eventually("it has scaled", lambda: made.application.kpus == 6)
    made.stack.set_alarm("Out", "OK")
    assert made.stack.next_run().status == "SUCCEEDED"
