//! The metrics of a simulated day, for the picture of the dashboard.

use serde_json::Value;
use simulator::{
    ComparedPolicy, Metric, Model, Parameters, Pipeline, Run, Scaled, Scenario, Settings, Statistic,
    TimelineEvent, Trace,
};
use std::collections::BTreeMap;

const DAY: usize = 1_440;

/// A line of a widget: its label, its color if the widget sets one, and a value for each minute.
pub(crate) type Line = (String, Option<String>, Vec<Option<f64>>);

/// The simulated second day of the shipped trace.
pub(crate) struct Simulated {
    run: Run,
    settings: Settings,
    /// For a stream, the application that reads it.
    reader: Option<Run>,
}

/// The bytes of a record.
const RECORD_BYTES: f64 = 500.0;

fn settings(set: &[&str]) -> Settings {
    let mut parameters = Parameters::default();
    for assignment in set {
        parameters.set(assignment).unwrap();
    }
    Settings::new(&parameters).unwrap()
}

impl Simulated {
    /// An application, with a window in the morning.
    pub(crate) fn new() -> Self {
        let settings =
            settings(&["ScaleMetric=millisBehindLatest", "HighKpu=12-32", "HighStart=5:15", "HighEnd=22:00"]);
        let scenario = Scenario {
            trace: Trace::us_flights().unwrap(),
            model: Model::default(),
            bounds: settings.bounds(),
            seed: 1,
            faults: Vec::new(),
        };
        let run = scenario.run(&ComparedPolicy::Autoscaler(Box::new(settings.clone())), &mut |_| ()).unwrap();
        Self { run, settings, reader: None }
    }

    /// A stream, and an application that reads it.
    pub(crate) fn of_a_stream() -> Self {
        let stream =
            ["Target=stream", "ScaleMetric=WriteUtilization", "HeartbeatMinutes=1", "ScaleInFactor=2"];
        let scaled = |model, settings| Scaled { model, settings, faults: Vec::new() };
        let pipeline = Pipeline {
            trace: Trace::us_flights().unwrap(),
            application: scaled(Model::default(), settings(&[])),
            stream: scaled(Model::of_a_stream(RECORD_BYTES), settings(&stream)),
            seed: 1,
        };
        let ran = pipeline.run(&mut |_| ()).unwrap();
        Self { run: ran.stream, settings: settings(&stream), reader: Some(ran.application) }
    }

    fn day<T: Clone>(values: &[T]) -> Vec<T> {
        values[DAY..2 * DAY].to_vec()
    }

    /// Returns the metric of this name, if the simulation publishes it.
    fn metric(&self, name: &str) -> Option<Vec<Option<f64>>> {
        if let Some(reader) = &self.reader {
            return self.metric_of_a_stream(name, reader);
        }
        let published = |metric, statistic| Some(Self::day(&self.run.metric(metric, statistic)));
        let of =
            |value: &dyn Fn(usize) -> f64| Some((DAY..2 * DAY).map(|minute| Some(value(minute))).collect());
        let series = self.run.series();
        let bounds = |minute: usize| {
            let at = self.run.start() + jiff::SignedDuration::from_mins(i64::try_from(minute).unwrap());
            self.settings.policy().schedule.at(at).bounds
        };
        match name {
            "containerCPUUtilization" => published(Metric::ContainerCpuUtilization, Statistic::Maximum),
            "busyTimeMsPerSecond" => published(Metric::BusyTimeMsPerSecond, Statistic::Maximum),
            "millisBehindLatest" | "GetRecords.IteratorAgeMilliseconds" => {
                published(Metric::MillisBehindLatest, Statistic::Maximum)
            }
            "IncomingRecords" => published(Metric::IncomingRecords, Statistic::Sum),
            "KPUs" => published(Metric::Kpus, Statistic::Average),
            "Kpus" => of(&|minute| f64::from(series.kpus[minute])),
            "MinimumKpus" => of(&|minute| f64::from(bounds(minute).minimum().count())),
            "MaximumKpus" => of(&|minute| f64::from(bounds(minute).maximum().count())),
            "numRecordsInPerSecond" => of(&|minute| series.load[minute].min(series.capacity[minute])),
            "fullRestarts" => of(&|minute| {
                let until =
                    self.run.start() + jiff::SignedDuration::from_mins(i64::try_from(minute + 1).unwrap());
                let restarts = self.run.rescales().iter().filter(|rescale| rescale.down_from < until).count();
                f64::from(u32::try_from(restarts).unwrap())
            }),
            _ => None,
        }
    }

    /// Returns the metric of this name for a stream. The load of its reader is the records that the stream accepts.
    fn metric_of_a_stream(&self, name: &str, reader: &Run) -> Option<Vec<Option<f64>>> {
        let of =
            |values: &dyn Fn(usize) -> f64| Some((DAY..2 * DAY).map(|minute| Some(values(minute))).collect());
        let (shards, taken) = (self.run.series().kpus, reader.series().load);
        let bounds = self.settings.bounds();
        match name {
            "Shards" => of(&|minute| f64::from(shards[minute])),
            "MinimumShards" => of(&|_| f64::from(bounds.0)),
            "MaximumShards" => of(&|_| f64::from(bounds.1)),
            "IncomingRecords" => of(&|minute| taken[minute] * 60.0),
            "IncomingBytes" => of(&|minute| taken[minute] * 60.0 * RECORD_BYTES),
            "WriteProvisionedThroughputExceeded" => {
                Some(Self::day(&self.run.metric(Metric::WriteProvisionedThroughputExceeded, Statistic::Sum)))
            }
            "GetRecords.IteratorAgeMilliseconds" => {
                Some(Self::day(&self.run.metric(Metric::IteratorAge, Statistic::Maximum)))
            }
            _ => None,
        }
    }

    /// Returns the number of holds in each quarter of an hour, by reason.
    fn holds(&self) -> Vec<Line> {
        let mut reasons: BTreeMap<String, Vec<Option<f64>>> = BTreeMap::new();
        for (minute, what) in self.of_the_day() {
            let (TimelineEvent::Hold { reason, .. } | TimelineEvent::Unconfirmed { reason, .. }) = what
            else {
                continue;
            };
            let counts = reasons.entry(format!("{reason:?}")).or_insert_with(|| vec![Some(0.0); DAY]);
            for count in &mut counts[minute / 15 * 15..minute / 15 * 15 + 15] {
                *count = count.map(|count| count + 1.0);
            }
        }
        reasons.into_iter().map(|(reason, counts)| (reason, None, counts)).collect()
    }

    /// Returns the events of the day, with their minutes.
    pub(crate) fn of_the_day(&self) -> impl Iterator<Item = (usize, &TimelineEvent)> {
        self.run.timeline.iter().filter_map(|entry| {
            let minute = usize::try_from(entry.at.duration_since(self.run.start()).as_mins()).ok()?;
            Some((minute.checked_sub(DAY).filter(|minute| *minute < DAY)?, &entry.what))
        })
    }

    /// Returns the type of the notification of a scaling.
    pub(crate) fn outcome(&self) -> &'static str {
        if self.reader.is_some() { "Stream Scaled" } else { "Application Scaled" }
    }

    /// Returns the lines of a metric widget.
    pub(crate) fn lines(&self, widget: &Value) -> Vec<Line> {
        let rows: Vec<&Vec<Value>> = widget["properties"]["metrics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row.as_array().unwrap())
            .collect();
        let mut by_id = BTreeMap::new();
        for row in &rows {
            if let (Some(id), Some(name)) =
                (row.last().unwrap()["id"].as_str(), row.get(1).and_then(Value::as_str))
            {
                by_id.extend(self.metric(name).map(|values| (id.to_owned(), values)));
            }
        }
        let mut lines = Vec::new();
        for row in rows {
            let options = row.last().unwrap();
            if options["visible"] == false {
                continue;
            }
            let label = options["label"].as_str().unwrap_or_default().to_owned();
            let colour = options["color"].as_str().map(str::to_owned);
            match options["expression"].as_str() {
                Some(search) if search.contains("Holds") => lines.extend(self.holds()),
                Some(expression) => {
                    lines.extend(computed(expression, &by_id).map(|values| (label, colour, values)));
                }
                None => {
                    let name = row[1].as_str().unwrap();
                    let label = if label.is_empty() { name.to_owned() } else { label };
                    lines.extend(self.metric(name).map(|values| (label, colour, values)));
                }
            }
        }
        lines
    }
}

/// Evaluates an expression of the dashboard over metrics, by their identifiers.
fn computed(expression: &str, by_id: &BTreeMap<String, Vec<Option<f64>>>) -> Option<Vec<Option<f64>>> {
    let (_, values) = by_id.iter().find(|(id, _)| expression.contains(id.as_str()))?;
    if expression.starts_with("DIFF(") {
        let before = std::iter::once(&None).chain(values);
        return Some(values.iter().zip(before).map(|(value, before)| Some((*value)? - (*before)?)).collect());
    }
    if expression.contains("/ PERIOD(") {
        // Percentages of the limits of a shard: 1 MB and 1,000 records a second.
        let share = |id: &str, limit: f64| -> Option<Vec<Option<f64>>> {
            let share = |(count, shards): (&Option<f64>, &Option<f64>)| {
                Some(100.0 * (*count)? / limit / 60.0 / (*shards)?)
            };
            Some(by_id.get(id)?.iter().zip(by_id.get("shards")?).map(share).collect())
        };
        let (bytes, records) = (share("bytes", 1_000_000.0)?, share("records", 1_000.0)?);
        return Some(match expression {
            larger if larger.contains("MAX(") => {
                bytes.iter().zip(&records).map(|(bytes, records)| Some((*bytes)?.max((*records)?))).collect()
            }
            by_bytes if by_bytes.contains("bytes") => bytes,
            _ => records,
        });
    }
    let price: f64 = expression.strip_prefix("kpus * 24 * ")?.parse().ok()?;
    Some(values.iter().map(|value| value.map(|kpus| kpus * 24.0 * price)).collect())
}
