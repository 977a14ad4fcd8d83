//! The alarm events that start executions.

use crate::deployed::settings::APPLICATION;
use crate::model::alarm::Alarm;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The event of an alarm that has changed to ALARM: the main fields of the documented event.
pub(crate) fn alarm_event(alarm: &Alarm, now: Timestamp) -> Value {
    json!({
        "version": "0",
        "id": format!("{}-{}", alarm.settings.name, now.as_second()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "time": format!("{now:.0}"),
        "detail": {
            "alarmName": alarm.settings.name,
            "state": {"value": "ALARM", "timestamp": format!("{now:.3}").replace('Z', "+0000")},
            "configuration": {"metrics": [{"id": "m1", "metricStat": {"metric": {
                "namespace": alarm.settings.metric.namespace(),
                "name": alarm.settings.metric.name(),
                "dimensions": {"Application": APPLICATION},
            }}}]},
        },
    })
}
