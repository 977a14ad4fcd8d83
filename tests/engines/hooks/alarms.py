"""Alarms: CloudWatch sends an event to EventBridge for every change of state, and an alarm may have an expression.

MiniStack publishes to topics only, rejects an alarm with `Metrics` in a template, and ignores the dimensions when it evaluates
an alarm. With this hook, only SetAlarmState changes the state of an alarm.
"""

import json
import time

from ministack.services import cloudwatch, eventbridge
from ministack.services.cloudformation import provisioners


def install():
    notify_topics = cloudwatch._dispatch_alarm_actions
    record = provisioners._cw_metric_alarm_record

    def notify(alarm, old, new, reason):
        eventbridge._put_events({"Entries": [change_of_state(alarm, old, new, reason)]}, allow_aws_source=True)
        return notify_topics(alarm, old, new, reason)

    def record_first_metric(name, properties):
        """Records an alarm on an expression as an alarm on its first metric, so that it can be set and described."""
        metrics = properties.pop("Metrics", None) if "Metrics" in properties else None
        if metrics:
            statistic = next(entry["MetricStat"] for entry in metrics if "MetricStat" in entry)
            properties = {**properties, "Namespace": statistic["Metric"]["Namespace"],
                          "MetricName": statistic["Metric"]["MetricName"],
                          "Dimensions": statistic["Metric"].get("Dimensions", []),
                          "Period": statistic["Period"], "Statistic": statistic["Stat"]}
        return record(name, properties)

    cloudwatch._dispatch_alarm_actions = notify
    cloudwatch._evaluate_alarm = lambda alarm: None
    provisioners._cw_metric_alarm_record = record_first_metric


def change_of_state(alarm, old, new, reason):
    """Returns the event in the documented form of CloudWatch. The state machine does not read its content."""
    metric = {"namespace": alarm["Namespace"], "name": alarm["MetricName"],
              "dimensions": {dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions") or []}}
    statistic = {"metric": metric, "period": alarm["Period"], "stat": alarm["Statistic"]}
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": {"value": new, "reason": reason, "timestamp": moment()},
        "previousState": {"value": old, "timestamp": moment()},
        "configuration": {"metrics": [{"id": "m1", "metricStat": statistic, "returnData": True}]},
    }
    return {"Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change",
            "Resources": [alarm["AlarmArn"]], "Detail": json.dumps(detail)}


def moment():
    return time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
