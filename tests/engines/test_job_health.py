"""The health of the job: the searches of the function check find metrics with dimensions that no alarm names."""

from datetime import datetime, timedelta, timezone

import boto3

MINUTES = range(10, 0, -1)


def publish(application, metric, values, **dimensions):
    """Publishes a value of a metric of the application for each of the last minutes."""
    now = datetime.now(timezone.utc)
    names = [{"Name": name, "Value": value} for name, value in {"Application": application.name, **dimensions}.items()]
    points = [{"MetricName": metric, "Dimensions": names, "Value": value, "Timestamp": now - timedelta(minutes=minutes)}
              for minutes, value in zip(MINUTES, values)]
    boto3.client("cloudwatch").put_metric_data(Namespace="AWS/KinesisAnalytics", MetricData=points)


def test_a_published_lag_prevents_a_scale_in_on_the_cpu(deployed):
    made = deployed(kpus=9, MinKpu=4)
    publish(made.application, "millisBehindLatest", [120_000.0] * 10, Id="clicks", Flow="Input")
    made.stack.publish("In", 12.0)
    made.stack.set_alarm("In", "ALARM")
    run = made.stack.next_run()
    assert (run.status, run.path[-1], made.application.kpus) == ("SUCCEEDED", "Quiet", 9)


def test_a_restart_loop_prevents_a_scale_out_on_the_cpu(deployed):
    made = deployed(kpus=2)
    publish(made.application, "fullRestarts", [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0])
    made.stack.publish("Out", 95.0)
    made.stack.set_alarm("Out", "ALARM")
    run = made.stack.next_run()
    assert (run.status, run.output["check"]["reason"], made.application.kpus) == ("SUCCEEDED", "RestartLoop", 2)
