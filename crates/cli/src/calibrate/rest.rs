//! Reads a running job by Flink's REST API. It only sends GET requests.

use crate::Failure;
use crate::progress::{PERCENT, bar};
use history::flink::{
    Checkpoints, Cluster, FinishedJob, Job, ListedJob, MetricName, Observed, Overview, Sample,
    SourceCounters, source_counters,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The seconds between two samples. Flink reads the metrics of its tasks every ten seconds.
const SAMPLE_SECONDS: f64 = 12.0;

/// The share of this time in which Flink fetches the metrics, after a request that is older than ten seconds. Without it, the answers of one sample
/// have metrics of different times.
const FETCH_SHARE: f64 = 1.0 / 12.0;

/// The seconds after which a request has failed.
const TIMEOUT_SECONDS: u64 = 10;

/// The ended jobs whose savepoints are read.
const MOST_FINISHED_JOBS: usize = 10;

/// The REST API of a cluster.
pub(super) struct Rest<'a> {
    address: &'a str,
}

impl<'a> Rest<'a> {
    /// The API at an address.
    pub(super) fn new(address: &'a str) -> Result<Self, Failure> {
        if address.strip_prefix("http://").is_some_and(|host| !host.is_empty()) {
            return Ok(Self { address: address.trim_end_matches('/') });
        }
        Err(Failure::Input(format!(
            "--flink is '{address}', and kpu reads HTTP without TLS; set it to the REST address of the JobManager, such as http://127.0.0.1:8081, with a port that is forwarded to this machine"
        )))
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let address = self.address;
        let answer = minreq::get(format!("{address}{path}")).with_timeout(TIMEOUT_SECONDS).send().map_err(|error| {
            Failure::Machine(format!(
                "failed to read --flink '{address}': {error}; check the address, and that its port is reachable from this machine"
            ))
        })?;
        if answer.status_code != 200 {
            return Err(Failure::Machine(format!(
                "failed to read --flink '{address}': {path} has the status {}; check that the address is the REST API of a JobManager and that the job still runs",
                answer.status_code
            )));
        }
        serde_json::from_slice(answer.as_bytes()).map_err(|error| {
            Failure::Input(format!(
                "--flink is '{address}', whose answer to {path} is not Flink's: {error}; set it to the REST address of a JobManager, such as http://127.0.0.1:8081"
            ))
        })
    }

    /// Returns the version of Flink, and its jobs.
    pub(super) fn jobs(&self) -> Result<(String, Vec<ListedJob>), Failure> {
        let Cluster { flink_version } = self.get("/config")?;
        let Overview { jobs } = self.get("/jobs/overview")?;
        Ok((flink_version, jobs))
    }

    /// Reads a job for some minutes, at least twice. A failed sample is left out, because the job may restart meanwhile.
    pub(super) fn observe(
        &self,
        job: &ListedJob,
        jobs: &[ListedJob],
        minutes: f64,
    ) -> Result<Observed, Failure> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a day")]
        let spans = ((minutes * 60.0 / SAMPLE_SECONDS).round() as u32).max(1);
        let wait = Duration::from_secs_f64(minutes * 60.0) / spans;
        let bar = bar(spans.into(), PERCENT);
        bar.set_message(format!("reading '{}' for {minutes} minutes", job.name));
        let path = format!("/jobs/{}", job.jid);
        let mut samples = Vec::new();
        let mut failed = None;
        for span in 0..=spans {
            if span > 0 {
                pause(wait.mul_f64(1.0 - FETCH_SHARE));
            }
            match self.sample(&path, wait.mul_f64(FETCH_SHARE)) {
                Ok(sample) => samples.push(sample),
                Err(failure) => failed = Some(failure),
            }
            bar.set_position(span.into());
        }
        bar.finish_and_clear();
        if let (true, Some(failure)) = (samples.is_empty(), failed) {
            return Err(failure);
        }
        let checkpoints: Checkpoints = self.get(&format!("{path}/checkpoints"))?;
        let mut finished = Vec::new();
        if checkpoints.restored_from().is_some() {
            let mut ended: Vec<&ListedJob> = jobs.iter().filter(|job| job.state == "FINISHED").collect();
            ended.sort_by(|one, other| other.end_time.total_cmp(&one.end_time));
            for job in ended.into_iter().take(MOST_FINISHED_JOBS) {
                let checkpoints = self.get(&format!("/jobs/{}/checkpoints", job.jid))?;
                finished.push(FinishedJob { end_time: job.end_time, checkpoints });
            }
        }
        Ok(Observed {
            samples,
            checkpoints,
            configuration: self.get(&format!("{path}/checkpoints/config"))?,
            finished,
        })
    }

    /// Reads a job once. Flink fetches the metrics after a request, so that a first request starts the fetch.
    fn sample(&self, path: &str, fetch: Duration) -> Result<Sample, Failure> {
        self.get::<Job>(path)?;
        pause(fetch);
        let job: Job = self.get(path)?;
        let vertices = job
            .vertices
            .iter()
            .map(|vertex| self.get(&format!("{path}/vertices/{}", vertex.id)))
            .collect::<Result<_, _>>()?;
        let sources = job.sources().map(|vertex| self.counters(path, vertex)).collect::<Result<_, _>>()?;
        Ok(Sample { job, vertices, sources })
    }

    /// Reads the counters of the sources in a task.
    fn counters(&self, path: &str, vertex: &str) -> Result<SourceCounters, Failure> {
        let metrics = format!("{path}/vertices/{vertex}/subtasks/metrics");
        let names: Vec<MetricName> = self.get(&metrics)?;
        let names = source_counters(&names);
        let names: Vec<String> =
            names.iter().map(|name| utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()).collect();
        let counters = self.get(&format!("{metrics}?get={}&agg=sum", names.join(",")))?;
        Ok(SourceCounters { vertex: vertex.to_owned(), counters })
    }
}

#[expect(clippy::disallowed_methods, reason = "a job is read over some minutes; no test waits")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
