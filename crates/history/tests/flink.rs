//! Measurements of jobs with a known capacity. The recorded answers in `flink/` are those of Flink 1.20.5 with the job of `tests/flink`: 500 records
//! per second for each subtask. They have the fields that are read, in the order of the requests of `kpu calibrate`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use history::Measurement;
use history::flink::{
    FinishedJob, ListedJob, MetricName, Observed, Overview, Sample, SourceCounters, choose, measure,
    source_counters,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The recorded answers by their path.
struct Recorded(Value);

const SKEWED: &str = include_str!("flink/skewed-after-a-rescale.json");
const EVEN: &str = include_str!("flink/even-at-half-load.json");

impl Recorded {
    fn new(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    fn all<T: DeserializeOwned>(&self, path: &str) -> Vec<T> {
        serde_json::from_value(self.0[path].clone()).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn one<T: DeserializeOwned>(&self, path: &str) -> T {
        self.all(path).remove(0)
    }

    fn observed(&self) -> Observed {
        let Overview { jobs } = self.one("/jobs/overview");
        let path = format!("/jobs/{}", choose(&jobs, None).unwrap().jid);
        // The command reads the job twice for each sample.
        let described: Vec<history::flink::Job> = self.all(&path);
        let sample = |(at, job): (usize, history::flink::Job)| {
            let of = |id: &str| format!("{path}/vertices/{id}");
            let source = |id: &str| SourceCounters {
                vertex: id.to_owned(),
                counters: self.all(&format!("{}/subtasks/metrics?sum", of(id))).swap_remove(at),
            };
            let vertices =
                job.vertices.iter().map(|vertex| self.all(&of(&vertex.id)).swap_remove(at)).collect();
            let sources = job.sources().map(source).collect();
            Sample { job, vertices, sources }
        };
        let finished = jobs.iter().filter(|job| job.state == "FINISHED").map(|job| FinishedJob {
            end_time: job.end_time,
            checkpoints: self.one(&format!("/jobs/{}/checkpoints", job.jid)),
        });
        Observed {
            samples: described.into_iter().skip(1).step_by(2).enumerate().map(sample).collect(),
            checkpoints: self.one(&format!("{path}/checkpoints")),
            configuration: self.one(&format!("{path}/checkpoints/config")),
            finished: finished.collect(),
        }
    }

    /// Changes each answer with a path that has this text.
    fn change(&mut self, part: &str, change: &dyn Fn(&mut Value)) {
        let answers = self.0.as_object_mut().unwrap();
        let found = answers.iter_mut().filter(|(path, _)| path.contains(part));
        found.flat_map(|(_, answers)| answers.as_array_mut().unwrap()).for_each(change);
    }
}

fn find<'a>(measurements: &'a [Measurement], figure: &str) -> &'a Measurement {
    let found = measurements.iter().find(|measurement| measurement.figure == figure);
    found.unwrap_or_else(|| panic!("{figure}: {measurements:#?}"))
}

/// The skewed job has 30 % of its records on one key. Its busiest subtask, which is saturated, has this key and its part of the others. The known
/// figures follow from the options of the job, and from the key groups of Flink for its 1024 keys.
#[test]
fn the_measured_figures_are_the_known_ones() {
    let share = 0.3 + 0.7 * 119.0 / 1_024.0;
    let busiest_of_four = 276.0 / 1_024.0;
    #[rustfmt::skip]
    let rows = [
        // recorded answers, figure, known value, allowed difference as a share
        (SKEWED, "throughput",           500.0 / share,             0.03),
        (SKEWED, "capacity of the job",  500.0 / share,             0.03),
        (SKEWED, "capacity of a KPU",    500.0 / share / 8.0,       0.05),
        (SKEWED, "skew",                 share * 8.0,               0.05),
        (SKEWED, "limit of hot keys",    500.0 / 0.3,               0.05),
        (SKEWED, "checkpoint interval",  10.0,                      0.0),
        (EVEN,   "throughput",           1_000.0,                   0.03),
        (EVEN,   "capacity of the job",  500.0 / busiest_of_four,   0.05),
        (EVEN,   "capacity of a KPU",    125.0 / busiest_of_four,   0.05),
        (EVEN,   "skew",                 4.0 * busiest_of_four,     0.05),
    ];
    for (recorded, figure, known, allowed) in rows {
        let measurements = measure(&Recorded::new(recorded).observed(), 1).unwrap();
        let value = find(&measurements, figure).value.unwrap();
        assert!((value / known - 1.0).abs() <= allowed, "{figure} is {known}, and {value} was measured");
    }
}

#[test]
fn buffers_fill_and_savepoints_last_in_a_saturated_job_only() {
    let of = |recorded, figure| {
        let measurements = measure(&Recorded::new(recorded).observed(), 1).unwrap();
        find(&measurements, figure).value.unwrap()
    };
    assert!(of(SKEWED, "records in flight") > 3_000.0, "{}", of(SKEWED, "records in flight"));
    assert!(of(EVEN, "records in flight") < 100.0, "{}", of(EVEN, "records in flight"));
    assert!(of(SKEWED, "savepoint") > 3.0 && of(EVEN, "savepoint") < 1.0);
}

#[test]
fn a_figure_that_cannot_be_measured_has_its_reason_and_an_option_that_keeps_its_default() {
    let measurements = measure(&Recorded::new(EVEN).observed(), 1).unwrap();
    let restart = find(&measurements, "restart");
    assert_eq!(restart.value, None);
    assert!(restart.basis.starts_with("Flink knows no restart of this job"), "{}", restart.basis);
    let option = restart.option.unwrap();
    assert_eq!((option.name, option.value, option.default), ("--downtime", None, Some(75.0)));
    assert!(measurements.iter().all(|measurement| measurement.figure != "limit of hot keys"));
    // The rescale is known by the savepoint that both jobs have.
    let measurements = measure(&Recorded::new(SKEWED).observed(), 1).unwrap();
    let restart = find(&measurements, "restart");
    assert!(restart.value.is_some_and(|seconds| (0.3..10.0).contains(&seconds)), "{restart:?}");
    assert_eq!(restart.option.unwrap().value, Some(10.0), "the least of the option");
}

#[test]
fn a_restart_after_a_failure_lasts_until_all_subtasks_run() {
    let mut recorded = Recorded::new(EVEN);
    let Overview { jobs } = recorded.one("/jobs/overview");
    let path = format!("/jobs/{}", jobs[0].jid);
    let vertices = format!("{path}/vertices/");
    recorded.change(&vertices, &|answer| {
        if let Some(subtasks) = answer.get_mut("subtasks") {
            subtasks
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .for_each(|each| each["status-duration"] = json!({"RUNNING": 90_000}));
            subtasks[1]["status-duration"]["RUNNING"] = json!(88_000);
            answer["now"] = json!(1_000_000);
        }
    });
    recorded.change(&path, &|answer| {
        if answer.get("timestamps").is_some() {
            answer["timestamps"]["RESTARTING"] = json!(890_000);
        }
    });
    let measurements = measure(&recorded.observed(), 1).unwrap();
    assert_eq!(find(&measurements, "restart").value, Some(22.0));
    assert_eq!(find(&measurements, "restart").option.unwrap().value, Some(22.0));
}

#[test]
fn two_subtasks_on_a_kpu_double_its_capacity() {
    let observed = Recorded::new(EVEN).observed();
    let of = |subtasks| find(&measure(&observed, subtasks).unwrap(), "capacity of a KPU").value.unwrap();
    let growth = of(2) / of(1);
    assert!(
        (1.97..2.0).contains(&growth),
        "{growth}: the model counts less contention between two KPUs than between four"
    );
}

/// A case, the change of the answers, and the error.
type Failing = (&'static str, fn(&mut Recorded), &'static str);

#[test]
fn too_little_data_is_an_error_with_its_remedy() {
    const NO_METRICS: &str =
        "Flink has no busy time or no records of its sources; measure a streaming job on Flink 1.16 or later";
    let rows: [Failing; 3] = [
        (
            "the metrics are not there yet",
            |recorded| {
                recorded.change("/vertices/", &|answer| {
                    each_subtask(answer, |each| each["metrics"]["read-records-complete"] = json!(false));
                });
            },
            "the samples since the last start of the job cover 0 s, and 30 s are needed; raise --minutes",
        ),
        (
            "a source of an old kind has no busy time",
            |recorded| {
                recorded.change("/vertices/", &|answer| {
                    each_subtask(answer, |each| each["metrics"]["accumulated-busy-time"] = json!("NaN"));
                });
            },
            NO_METRICS,
        ),
        (
            "the sources have no counters",
            |recorded| recorded.change("?sum", &|answer| *answer = json!([])),
            NO_METRICS,
        ),
    ];
    for (case, change, expected) in rows {
        let mut recorded = Recorded::new(EVEN);
        change(&mut recorded);
        assert_eq!(measure(&recorded.observed(), 1).unwrap_err(), expected, "{case}");
    }
}

fn each_subtask(answer: &mut Value, change: fn(&mut Value)) {
    if let Some(subtasks) = answer.get_mut("subtasks").and_then(Value::as_array_mut) {
        subtasks.iter_mut().for_each(change);
    }
}

/// The counters start from zero, so that the samples of both attempts together would show nonsense.
#[test]
fn samples_from_before_a_restart_are_left_out() {
    let mut recorded = Recorded::new(EVEN);
    let before = measure(&recorded.observed(), 1).unwrap();
    let answers = recorded.0.as_object_mut().unwrap();
    for (path, answers) in
        answers.iter_mut().filter(|(path, _)| path.contains("/vertices/") && !path.contains("metrics"))
    {
        let first = answers.as_array_mut().unwrap().first_mut().unwrap();
        each_subtask(first, |each| each["attempt"] = json!(7));
        assert!(first["subtasks"][0]["attempt"] == json!(7), "{path}");
    }
    let after = measure(&recorded.observed(), 1).unwrap();
    let seconds = |measurements: &[Measurement]| find(measurements, "throughput").basis.clone();
    assert_ne!(seconds(&before), seconds(&after), "fewer samples");
}

/// The identifier, the name and the state of a job.
type Listed = (&'static str, &'static str, &'static str);

/// The listed jobs, the value of `--job`, and the identifier of the chosen job or the error.
type Choice = (&'static [Listed], Option<&'static str>, Result<&'static str, &'static str>);

#[test]
fn the_running_job_is_chosen_or_must_be_named() {
    let jobs = |listed: &[Listed]| -> Vec<ListedJob> {
        let of =
            |(jid, name, state): &Listed| json!({"jid": jid, "name": name, "state": state, "end-time": -1});
        serde_json::from_value(listed.iter().map(of).collect()).unwrap()
    };
    #[rustfmt::skip]
    let rows: [Choice; 8] = [
        (&[("a1", "orders", "RUNNING"), ("b2", "old", "FINISHED")], None, Ok("a1")),
        (&[("a1", "orders", "RUNNING"), ("b2", "clicks", "RUNNING")], Some("clicks"), Ok("b2")),
        (&[("a1", "orders", "RUNNING"), ("b2", "clicks", "RUNNING")], Some("a1"), Ok("a1")),
        (&[], None, Err("Flink has no job; start the job to measure")),
        (&[("b2", "old", "FAILED")], None, Err("Flink runs none of its jobs: 'old' (b2, FAILED); start the job to measure")),
        (&[("a1", "orders", "RUNNING"), ("b2", "clicks", "RUNNING")], None,
         Err("Flink runs several jobs: 'orders' (a1, RUNNING), 'clicks' (b2, RUNNING); choose one by its name or identifier with --job")),
        (&[("a1", "orders", "RUNNING"), ("b2", "old", "FINISHED")], Some("old"),
         Err("--job is 'old', and no running job has this name or identifier; the running jobs are: 'orders' (a1, RUNNING)")),
        (&[("a1", "orders", "RUNNING"), ("b2", "orders", "RUNNING")], Some("orders"),
         Err("--job is 'orders', which several running jobs have: 'orders' (a1, RUNNING), 'orders' (b2, RUNNING); set it to an identifier")),
    ];
    for (listed, wanted, expected) in rows {
        let jobs = jobs(listed);
        let chosen = choose(&jobs, wanted);
        assert_eq!(
            chosen.as_ref().map(|job| job.jid.as_str()).map_err(String::as_str),
            expected,
            "{listed:?}"
        );
    }
}

#[test]
fn only_the_counters_of_sources_are_read() {
    let names: Vec<MetricName> = serde_json::from_value(json!([
        {"id": "numRecordsIn"}, {"id": "Source__clicks.numRecordsIn"}, {"id": "Source__clicks.numRecordsInPerSecond"},
        {"id": "work.numRecordsIn"}, {"id": "Source__clicks.numRecordsOut"}]))
    .unwrap();
    assert_eq!(source_counters(&names), ["Source__clicks.numRecordsIn", "Source__clicks.numRecordsOut"]);
}
