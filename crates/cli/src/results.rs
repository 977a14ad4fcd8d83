//! The results of a simulation as data, for JSON and for the report.

mod clock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use scaling::Direction;
use serde::Serialize;
use serde_json::{Value, json};
use simulator::{
    AlarmSettings, ComparedPolicy, Decision, Entry, Metric, Model, Parameter, Parameters, Run, SampleLoop,
    SampleOperation, Scenario, Settings, Summary, TimelineEvent,
};
use tasks::OwnCost;

/// The result of one policy.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResultRow {
    /// The name in JSON.
    pub(crate) policy: &'static str,
    /// The displayed name.
    pub(crate) label: String,
    /// A sentence about the policy.
    pub(crate) description: String,
    #[serde(flatten)]
    pub(crate) summary: Summary,
}

/// The results of a completed simulation.
pub(crate) struct Results {
    /// The command.
    pub(crate) command: &'static str,
    /// The reasons for low confidence in the model.
    pub(crate) uncertain: Vec<String>,
    pub(crate) scenario: Scenario,
    /// The zone of the printed times.
    pub(crate) zone: TimeZone,
    pub(crate) parameters: Parameters,
    pub(crate) settings: Settings,
    pub(crate) rows: Vec<ResultRow>,
    /// The run of kpu-autoscaler.
    pub(crate) run: Run,
    /// The KPUs of the other policies, minute by minute.
    pub(crate) references: Vec<(&'static str, Vec<u32>)>,
    pub(crate) decisions: Vec<Decision>,
    /// The price of kpu-autoscaler itself for a month.
    pub(crate) own_cost: OwnCost,
}

/// A policy under comparison: its name in JSON, its displayed name, a sentence about it, and the policy.
pub(crate) type PolicyToCompare = (&'static str, String, String, ComparedPolicy);

/// Returns the compared policies: kpu-autoscaler first, then the alternatives that exist today, and the oracle if it is requested.
pub(crate) fn compared_policies(settings: &Settings, oracle: bool) -> Vec<PolicyToCompare> {
    let bounds = settings.bounds();
    let peak = bounds.1;
    let sample =
        SampleLoop::new(Metric::ContainerCpuUtilization, 80.0, 20.0, SampleOperation::Double, bounds);
    let mut policies = vec![
        (
            "autoscaler",
            "kpu-autoscaler".to_owned(),
            "The deployed state machine and tasks, with the parameters below.".to_owned(),
            ComparedPolicy::Autoscaler(Box::new(settings.clone())),
        ),
        (
            "peak",
            "peak size".to_owned(),
            format!("Always {peak} KPU, the largest size allowed."),
            ComparedPolicy::Fixed(peak),
        ),
        (
            "builtin",
            "MSF built-in".to_owned(),
            "MSF's built-in autoscaling: CPU at 75 % for 15 minutes doubles, below 10 % for 6 hours halves."
                .to_owned(),
            ComparedPolicy::BuiltIn,
        ),
        (
            "sample",
            "Python sample".to_owned(),
            "The loop of the AWS sample with its thresholds, within the same bounds: maximum CPU above 80 doubles, at most 20 halves.".to_owned(),
            ComparedPolicy::Sample(Box::new(sample)),
        ),
    ];
    if oracle {
        policies.push((
            "oracle",
            "oracle".to_owned(),
            "An optimal policy with perfect foresight of load and capacity: the cheapest sizes that are out of the objective for at most 1 % of the time.".to_owned(),
            ComparedPolicy::Oracle,
        ));
    }
    policies
}

impl Results {
    /// The document of `--json`.
    pub(crate) fn document(&self) -> Value {
        let cost = self.run.cost;
        json!({
            "trace": self.scenario.trace.name(),
            "start": self.scenario.trace.start(),
            "minutes": self.scenario.trace.minutes(),
            "seed": self.scenario.seed,
            "parameters": self.parameter_rows(),
            "model": self.scenario.model,
            "results": self.rows,
            "ownDollarsAMonth": self.own_cost.total(),
            "decisions": self.decision_rows(),
            "stateMachine": {
                "executions": cost.executions,
                "transitions": cost.transitions,
                "mostAtOnce": cost.most_at_once,
            },
        })
    }

    /// The data behind the report.
    pub(crate) fn report(&self) -> Value {
        let run = &self.run;
        let Scenario { trace, model, bounds, seed, .. } = &self.scenario;
        let [alarm_out, alarm_in] =
            [Direction::Out, Direction::In].map(|direction| self.settings.alarm(direction));
        let series = run.series();
        let references: serde_json::Map<String, Value> = self
            .references
            .iter()
            .map(|(policy, kpus)| ((*policy).to_owned(), json!({"kpus": changes(kpus)})))
            .collect();
        json!({
            "command": self.command,
            "uncertain": self.uncertain,
            "trace": trace.name(),
            "calendar": self.date_and_midnight(),
            "minutes": trace.minutes(),
            // As text, because a number this large is not exact in the page.
            "seed": seed.to_string(),
            "objectiveSeconds": model.lag_objective_seconds,
            "minKpus": bounds.0,
            "maxKpus": bounds.1,
            "bounds": self.bounds(),
            "held": self.held(),
            "pricePerKpuHour": model.dollars_per_kpu_hour,
            "snapshotsInWords": model.snapshots_in_words(),
            "model": model_note(model),
            "parameters": self.parameter_rows(),
            "results": self.rows,
            "ownCostInWords": self.own_cost.in_words(),
            "series": {
                "load": rounded(&series.load),
                "capacity": rounded(&series.capacity),
                "lagSeconds": rounded(&series.lag_seconds),
                "kpus": series.kpus,
            },
            "metric": {
                "label": format!("{} ({})", alarm_out.metric.name(), alarm_out.statistic.name()),
                "values": run.watched_by(alarm_out).into_iter().map(|value| value.map(round)).collect::<Vec<_>>(),
                "outThreshold": alarm_out.threshold,
                "inThreshold": self.settings.scale_in_threshold(),
            },
            "alarms": [
                {"name": "scale out", "rule": rule(alarm_out), "states": states(&run.timeline, Direction::Out, run.start())},
                {"name": "scale in", "rule": rule(alarm_in), "states": states(&run.timeline, Direction::In, run.start())},
            ],
            "restarts": run.rescales().iter().map(|rescale| json!({
                "asked": since(rescale.asked, run.start()),
                "downFrom": since(rescale.down_from, run.start()),
                "downTo": since(rescale.down_to, run.start()),
                "settled": since(rescale.settled, run.start()),
                "from": rescale.from,
                "to": rescale.to,
            })).collect::<Vec<_>>(),
            "decisions": self.decision_rows(),
            "references": references,
        })
    }

    fn parameter_rows(&self) -> Vec<Value> {
        let row = |(parameter, value): (Parameter, &str)| {
            let in_force = match (parameter.name, value) {
                ("ScaleOutThreshold", "") => self.settings.alarm(Direction::Out).threshold.to_string(),
                ("ScaleInThreshold", "") => {
                    self.settings.scale_in_threshold().map_or_else(String::new, |limit| limit.to_string())
                }
                ("ScaleInUtilizationThreshold", "") if self.scales_on_a_lag() => {
                    self.settings.alarm(Direction::In).threshold.to_string()
                }
                (_, value) => value.to_owned(),
            };
            let is_default = value == parameter.default;
            json!({"name": parameter.name, "value": in_force, "isDefault": is_default, "meaning": parameter.meaning})
        };
        self.parameters.all().map(row).collect()
    }

    /// Whether the scale-in alarm watches a utilization instead of the metric.
    fn scales_on_a_lag(&self) -> bool {
        let policy = self.settings.policy();
        policy.scale_in_max_lag.is_some() || policy.load_alarm.is_some()
    }

    fn decision_rows(&self) -> Vec<Value> {
        let start = self.run.start();
        let row = |decision: &Decision| {
            let mut row = serde_json::to_value(decision).unwrap_or_default();
            row["at"] = since(decision.at, start).into();
            row["until"] = since(decision.until, start).into();
            row
        };
        self.decisions.iter().map(row).collect()
    }
}

fn since(time: Timestamp, start: Timestamp) -> i64 {
    time.duration_since(start).as_secs()
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn rounded(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| round(*value)).collect()
}

/// Returns the seconds at which a value per minute changes, with the new values.
fn changes(by_minute: &[u32]) -> Vec<(usize, u32)> {
    let mut changes: Vec<(usize, u32)> = Vec::new();
    for (minute, value) in by_minute.iter().enumerate() {
        if changes.last().is_none_or(|(_, last)| last != value) {
            changes.push((minute * 60, *value));
        }
    }
    changes
}

fn rule(alarm: &AlarmSettings) -> String {
    let length = if alarm.period_minutes == 1 {
        "minutes".to_owned()
    } else {
        format!("× {} minutes", alarm.period_minutes)
    };
    format!(
        "{} {} {}, {} of {} {length}",
        alarm.metric.name(),
        alarm.comparison,
        alarm.threshold,
        alarm.datapoints_to_alarm,
        alarm.evaluation_periods
    )
}

fn states(timeline: &[Entry], wanted: Direction, start: Timestamp) -> Vec<(i64, &'static str)> {
    let state = |entry: &Entry| match entry.what {
        TimelineEvent::Alarm { direction, state, added: None } if direction == wanted => {
            Some((since(entry.at, start), state.name()))
        }
        _ => None,
    };
    timeline.iter().filter_map(state).collect()
}

/// Describes the model in sentences, for the foot of the report.
fn model_note(model: &Model) -> String {
    // A model that was learned from a history has many digits.
    let rounded = |value: f64| (10.0 * value).round() / 10.0;
    format!(
        "One KPU processes {} records a second, further KPUs a little less each, and the capacity varies by {:.0} %. \
         CloudWatch points are usable {} s after their minute. An update is {} s of snapshot, {} s of downtime and {} s until \
         RUNNING, longer or shorter by about {:.0} % each time, then {} s at {:.0} % of capacity.",
        rounded(model.records_per_kpu),
        model.capacity_noise * 100.0,
        model.publishing_delay.as_secs(),
        rounded(model.savepoint_seconds),
        rounded(model.downtime_seconds),
        rounded(model.settling_seconds),
        model.restart_spread * 100.0,
        rounded(model.warm_up_seconds),
        model.warm_up_capacity * 100.0
    )
}
