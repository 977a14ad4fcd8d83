//! The parameters without a default that each metric needs.

/// A parameter and its meaning in some words.
type Needed = (&'static str, &'static str);

const STREAM: Needed = ("KinesisStreamName", "stream");
const OUT: Needed = ("ScaleOutThreshold", "threshold above which it scales out");
const IN: Needed = ("ScaleInThreshold", "threshold at or below which it scales in");
const CLUSTER: Needed = ("MskClusterName", "cluster");
const TOPIC: Needed = ("KafkaTopic", "topic");
const GROUP: Needed = ("ConsumerGroup", "consumer group");

/// The values of `ScaleMetric` for an application, each with the parameters that the template's rules then ask for.
pub const SCALE_METRICS: [(&str, &[Needed]); 15] = [
    ("containerCPUUtilization", &[]),
    ("containerMemoryUtilization", &[]),
    ("busyTimeMsPerSecond", &[]),
    ("backPressuredTimeMsPerSecond", &[]),
    ("lastCheckpointDuration", &[OUT, IN]),
    ("millisBehindLatest", &[STREAM]),
    ("MaxOffsetLag", &[CLUSTER, TOPIC, GROUP, OUT, IN]),
    ("SumOffsetLag", &[CLUSTER, TOPIC, GROUP, OUT, IN]),
    ("EstimatedMaxTimeLag", &[CLUSTER, TOPIC, GROUP]),
    ("records-lag-max", &[OUT, IN]),
    ("IncomingRecords", &[STREAM, OUT, IN]),
    ("GetRecords.IteratorAgeMilliseconds", &[STREAM]),
    (
        "SubscribeToShardEvent.MillisBehindLatest",
        &[STREAM, ("FanOutConsumerName", "enhanced fan-out consumer")],
    ),
    ("Custom", &[("CustomMetricName", "metric"), OUT, IN]),
    (
        "UserAlarms",
        &[("MoreScaleOutAlarms", "alarms that scale out"), ("MoreScaleInAlarms", "alarms that scale in")],
    ),
];

/// Returns the parameters without a default that a metric needs, or `None` if it is no metric of an application. `Demand` has no threshold for
/// scaling in.
#[must_use]
pub fn needed_parameters(scale_metric: &str, is_by_demand: bool) -> Option<Vec<Needed>> {
    let (_, needed) = SCALE_METRICS.iter().find(|(name, _)| *name == scale_metric)?;
    Some(needed.iter().filter(|needed| !(is_by_demand && **needed == IN)).copied().collect())
}
