//! The parts of the answers of Flink's REST API that are read. Times are in milliseconds. Source: Flink documentation, "REST API".

use serde::{Deserialize, Deserializer};

/// The answer to `/config`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cluster {
    /// The version of Flink.
    pub flink_version: String,
}

/// The answer to `/jobs/overview`.
#[derive(Debug, Clone, Deserialize)]
pub struct Overview {
    /// The jobs that Flink knows.
    pub jobs: Vec<ListedJob>,
}

/// A job of an overview.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ListedJob {
    /// Its identifier.
    pub jid: String,
    /// Its name.
    pub name: String,
    /// Its state, such as `RUNNING`.
    pub state: String,
    /// The time of its end, or -1.
    pub end_time: f64,
}

/// The answer to `/jobs/:jobid`.
#[derive(Debug, Clone, Deserialize)]
pub struct Job {
    pub(super) timestamps: Timestamps,
    /// Its tasks.
    pub vertices: Vec<JobVertex>,
    pub(super) plan: Plan,
}

impl Job {
    /// The largest parallelism of its tasks.
    #[must_use]
    pub fn parallelism(&self) -> u32 {
        self.vertices.iter().map(|vertex| vertex.parallelism).max().unwrap_or(1)
    }

    /// The identifiers of the tasks without an input.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.plan.nodes.iter().filter(|node| node.inputs.is_empty()).map(|node| node.id.as_str())
    }
}

/// The last time at which the job entered a state, or 0.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Timestamps {
    #[serde(rename = "RESTARTING", default)]
    pub(super) restarting: f64,
}

/// A task of a job.
#[derive(Debug, Clone, Deserialize)]
pub struct JobVertex {
    /// Its identifier.
    pub id: String,
    pub(super) parallelism: u32,
    pub(super) metrics: Metrics,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Plan {
    pub(super) nodes: Vec<Node>,
}

/// A task with the tasks that it reads.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Node {
    pub(super) id: String,
    #[serde(default)]
    pub(super) inputs: Vec<Input>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Input {
    pub(super) id: String,
}

/// The answer to `/jobs/:jobid/vertices/:vertexid`.
#[derive(Debug, Clone, Deserialize)]
pub struct Vertex {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) now: f64,
    pub(super) subtasks: Vec<Subtask>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Subtask {
    pub(super) attempt: u32,
    pub(super) start_time: f64,
    pub(super) metrics: Metrics,
    #[serde(default)]
    pub(super) status_duration: StatusDuration,
}

/// The time in a state so far.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct StatusDuration {
    #[serde(rename = "RUNNING")]
    pub(super) running: Option<f64>,
}

/// The counters of a subtask, or their sums over the subtasks of a task.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Metrics {
    pub(super) read_records: f64,
    pub(super) read_records_complete: bool,
    pub(super) write_records: f64,
    pub(super) write_records_complete: bool,
    #[serde(default = "missing", deserialize_with = "number")]
    pub(super) accumulated_busy_time: f64,
    #[serde(default = "missing", deserialize_with = "number")]
    pub(super) accumulated_idle_time: f64,
    #[serde(default = "missing", deserialize_with = "number")]
    pub(super) accumulated_backpressured_time: f64,
}

impl Metrics {
    /// Whether Flink has read both counters of records.
    pub(super) fn is_complete(&self) -> bool {
        self.read_records_complete && self.write_records_complete
    }

    /// The time that the subtask has run, by its own account. It is not a number before the subtask has run.
    pub(super) fn seconds(&self) -> f64 {
        (self.accumulated_busy_time + self.accumulated_idle_time + self.accumulated_backpressured_time)
            / 1_000.0
    }
}

fn missing() -> f64 {
    f64::NAN
}

/// Reads a number, which Flink writes as the text `NaN` while it is unknown.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Text(String),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Number(number) => number,
        Written::Text(text) => text.parse().unwrap_or(f64::NAN),
    })
}

/// A metric in the answer to `/jobs/:jobid/vertices/:vertexid/subtasks/metrics`.
#[derive(Debug, Clone, Deserialize)]
pub struct MetricName {
    pub(super) id: String,
}

/// The same with a query: a sum over the subtasks.
#[derive(Debug, Clone, Deserialize)]
pub struct Aggregate {
    pub(super) id: String,
    #[serde(deserialize_with = "number")]
    pub(super) sum: f64,
}

/// The answer to `/jobs/:jobid/checkpoints`.
#[derive(Debug, Clone, Deserialize)]
pub struct Checkpoints {
    pub(super) latest: Latest,
    pub(super) summary: Summary,
}

impl Checkpoints {
    /// The path of the savepoint or checkpoint from which the job was restored.
    #[must_use]
    pub fn restored_from(&self) -> Option<&str> {
        self.latest.restored.as_ref()?.external_path.as_deref()
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Latest {
    pub(super) completed: Option<Completed>,
    pub(super) savepoint: Option<Completed>,
    pub(super) restored: Option<Restored>,
}

/// A completed checkpoint or savepoint.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Completed {
    pub(super) end_to_end_duration: f64,
    pub(super) state_size: f64,
    pub(super) external_path: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Restored {
    pub(super) external_path: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Summary {
    pub(super) end_to_end_duration: Quantiles,
}

/// The quantiles of the completed checkpoints.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Quantiles {
    #[serde(default = "missing", deserialize_with = "number")]
    pub(super) p50: f64,
}

/// The answer to `/jobs/:jobid/checkpoints/config`.
#[derive(Debug, Clone, Deserialize)]
pub struct CheckpointConfiguration {
    pub(super) interval: f64,
}

/// A job that has ended, with its checkpoints.
#[derive(Debug, Clone)]
pub struct FinishedJob {
    /// The time of its end.
    pub end_time: f64,
    /// Its checkpoints.
    pub checkpoints: Checkpoints,
}

/// The counters of the sources in one task.
#[derive(Debug, Clone)]
pub struct SourceCounters {
    /// The identifier of the task.
    pub vertex: String,
    /// The sums over its subtasks.
    pub counters: Vec<Aggregate>,
}

/// The answers at one time.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The job.
    pub job: Job,
    /// Each task of the job.
    pub vertices: Vec<Vertex>,
    /// The records that the sources have read.
    pub sources: Vec<SourceCounters>,
}
