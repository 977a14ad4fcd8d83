//! Values that several tests need.

use jiff::{SignedDuration, Timestamp};
use tasks::{Alarm, AlarmState, Comparison, Query, Source};

/// An alarm on the CPU, minute by minute.
#[must_use]
pub fn cpu_alarm(name: &str, comparison: Comparison, threshold: f64, state: AlarmState) -> Alarm {
    let minute = SignedDuration::from_secs(60);
    Alarm {
        name: name.to_owned(),
        state,
        state_updated: Timestamp::UNIX_EPOCH,
        comparison,
        threshold,
        period: minute,
        evaluation_periods: 3,
        queries: vec![Query {
            id: "m1".to_owned(),
            source: Source::Metric {
                namespace: "AWS/KinesisAnalytics".to_owned(),
                name: "containerCPUUtilization".to_owned(),
                dimensions: Vec::new(),
                statistic: "Average".to_owned(),
                period: minute,
                unit: None,
            },
            account: None,
            returns_data: true,
        }],
    }
}
