//! Measures a running job by the answers of Flink's REST API.

mod answers;
mod measure;
mod rates;

pub use answers::{
    Aggregate, CheckpointConfiguration, Checkpoints, Cluster, FinishedJob, Job, ListedJob, MetricName,
    Overview, Sample, SourceCounters, Vertex,
};
pub use measure::{Observed, measure};

/// Returns the job to measure: the running one, or the one with a name or an identifier.
///
/// # Errors
/// If no job runs, or several do and none is chosen.
pub fn choose<'a>(jobs: &'a [ListedJob], wanted: Option<&str>) -> Result<&'a ListedJob, String> {
    let named = |jobs: &[&ListedJob]| {
        let names = jobs.iter().map(|job| format!("'{}' ({}, {})", job.name, job.jid, job.state));
        names.collect::<Vec<_>>().join(", ")
    };
    let running: Vec<&ListedJob> = jobs.iter().filter(|job| job.state == "RUNNING").collect();
    let Some(wanted) = wanted else {
        return match running[..] {
            [job] => Ok(job),
            [] if jobs.is_empty() => Err("Flink has no job; start the job to measure".to_owned()),
            [] => Err(format!(
                "Flink runs none of its jobs: {}; start the job to measure",
                named(&jobs.iter().collect::<Vec<_>>())
            )),
            _ => Err(format!(
                "Flink runs several jobs: {}; choose one by its name or identifier with --job",
                named(&running)
            )),
        };
    };
    let found: Vec<&&ListedJob> =
        running.iter().filter(|job| job.jid == wanted || job.name == wanted).collect();
    match found[..] {
        [job] => Ok(job),
        [] => Err(format!(
            "--job is '{wanted}', and no running job has this name or identifier; the running jobs are: {}",
            if running.is_empty() { "none".to_owned() } else { named(&running) }
        )),
        _ => Err(format!(
            "--job is '{wanted}', which several running jobs have: {}; set it to an identifier",
            named(&running)
        )),
    }
}

/// Returns the counters of the records that a source operator reads and emits, among the metrics of a task.
#[must_use]
pub fn source_counters(metrics: &[MetricName]) -> Vec<&str> {
    let is_counter = |id: &&str| {
        id.starts_with("Source__") && (id.ends_with(".numRecordsIn") || id.ends_with(".numRecordsOut"))
    };
    metrics.iter().map(|metric| metric.id.as_str()).filter(is_counter).collect()
}
