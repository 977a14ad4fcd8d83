//! Storms: six hours of load with parameters and faults that a seed draws. Every invariant must hold in them.

mod interventions;
mod stream;

use crate::policies::autoscaler::state_machine;
use crate::{
    Fault, Model, ParameterError, Parameters, Pipeline, Rng, Run, Scaled, Scenario, Settings, Trace,
};
use asl::LoadError;

/// The length of a storm in minutes.
const MINUTES: usize = 360;

/// The largest number of faults of a storm. A burst of a fault counts as one.
const MOST_FAULTS: usize = 24;

/// A storm, drawn by a seed.
#[derive(Debug, Clone)]
pub struct Storm {
    /// The load, the application and the faults.
    pub scenario: Scenario,
    /// The parameters that are not the defaults, as `Name=value`.
    pub set: Vec<String>,
    /// The stream that the application reads, if the storm scales one.
    pub stream: Option<Scaled>,
    /// The parameters of the stream's loop that are not the defaults, as `Name=value`.
    pub stream_set: Vec<String>,
    settings: Settings,
}

impl Storm {
    /// Draws the storm of a seed. The same seed draws the same storm.
    ///
    /// # Errors
    /// If the shipped trace is invalid, or the drawn parameters are: a defect of this function.
    pub fn of(seed: u64) -> Result<Self, ParameterError> {
        let mut rng = Rng::new(seed, 5);
        let mut model = model(&mut rng);
        let (load, rates) = load(&mut rng)?;
        let mut set = parameters(&mut rng);
        set.extend(otherwise_sized(&mut Rng::new(seed, 6)));
        let mut sinks = Rng::new(seed, 8);
        let sink = sinks.pick(&[1_500.0, 4_000.0]);
        model.sink = (sinks.chance() < 0.1).then_some(sink);
        let target = set.iter().any(|assignment| assignment == "ScalingOperation=Target");
        // A lag does not fall in proportion as KPUs are added.
        let fits = |assignment: &String| !(target && assignment.contains("millisBehindLatest"));
        set.extend(guarded(&mut Rng::new(seed, 7)).into_iter().filter(fits));
        let mut parameters = Parameters::default();
        for assignment in &set {
            parameters.set(assignment)?;
        }
        for assignment in by_the_clock(&mut Rng::new(seed, 9), &parameters) {
            parameters.set(&assignment)?;
            set.push(assignment);
        }
        (model.heap_gigabytes, model.state_gigabytes) = footprint(&mut Rng::new(seed, 14));
        model.saturated_cpu = Rng::new(seed, 15).pick(&[95.0, 95.0, 75.0, 55.0]);
        model.reads_kafka = Rng::new(seed, 16).pick(&[false, false, true]);
        let pauses = interventions::pauses(&mut Rng::new(seed, 10))?;
        let (requests, source) = interventions::requests(&mut Rng::new(seed, 12));
        if let Some(assignment) = source {
            parameters.set(&assignment)?;
            set.push(assignment);
        }
        let settings = Settings::new(&parameters)?.with_pauses(pauses).with_requests(requests);
        let faults = faults(&mut rng);
        let trace = Trace::new(load, rates);
        let bounds = settings.bounds();
        let (stream, stream_set) = stream::stream(seed)?.unzip();
        Ok(Self {
            scenario: Scenario { trace, model, bounds, seed, faults },
            set,
            stream,
            stream_set: stream_set.unwrap_or_default(),
            settings,
        })
    }

    /// The settings of the autoscaler.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Runs the storm. The run of the application includes the violations and the observed events of the stream.
    ///
    /// # Errors
    /// If the definition of the state machine is invalid.
    pub fn run(&self) -> Result<Run, LoadError> {
        if let Some(stream) = &self.stream {
            let Scenario { trace, model, seed, faults, .. } = self.scenario.clone();
            let application = Scaled { model, settings: self.settings.clone(), faults };
            let pipeline = Pipeline { trace, application, stream: stream.clone(), seed };
            return Ok(pipeline.run(&mut |_| ())?.merged());
        }
        Ok(self.scenario.run_machine(&state_machine(&self.settings)?, &self.settings, &mut |_| ()))
    }

    /// Removes every fault without which the storm still violates an invariant.
    ///
    /// # Errors
    /// If the definition of the state machine is invalid.
    pub fn smallest(mut self) -> Result<Self, LoadError> {
        let mut index = 0;
        while index < self.scenario.faults.len() {
            let mut smaller = self.clone();
            smaller.scenario.faults.remove(index);
            if smaller.run()?.violations.is_empty() {
                index += 1;
            } else {
                self = smaller;
            }
        }
        let faults = |storm: &Self| storm.stream.as_ref().map_or(0, |stream| stream.faults.len());
        let mut index = 0;
        while index < faults(&self) {
            let mut smaller = self.clone();
            if let Some(stream) = &mut smaller.stream {
                stream.faults.remove(index);
            }
            if smaller.run()?.violations.is_empty() {
                index += 1;
            } else {
                self = smaller;
            }
        }
        Ok(self)
    }
}

/// Draws an application with a short or a long restart.
fn model(rng: &mut Rng) -> Model {
    Model {
        downtime_seconds: rng.pick(&[10.0, 30.0, 75.0, 300.0, 900.0]),
        savepoint_seconds: rng.pick(&[10.0, 20.0, 120.0]),
        ..Model::default()
    }
}

/// Draws the heap and the state of a job in gigabytes. Half of the heaps limit no scale-in.
fn footprint(rng: &mut Rng) -> (Option<f64>, f64) {
    (rng.pick(&[None, Some(0.5), Some(5.0), Some(15.0)]), rng.pick(&[0.0, 0.0, 10.0, 100.0, 300.0]))
}

/// Draws a load of six hours, in records per second for each minute.
fn load(rng: &mut Rng) -> Result<(&'static str, Vec<f64>), ParameterError> {
    let base = rng.pick(&[500.0, 2_000.0, 6_000.0]);
    let peak = base * rng.pick(&[1.5, 3.0, 8.0]);
    let turn = rng.below(MINUTES);
    let period = rng.pick(&[60, 120, 240]);
    let kind = rng.pick(&["steady", "step out", "step in", "wave", "spikes", "ramp", "US flights"]);
    let at = |share: f64| base + (peak - base) * share;
    let rates: Vec<f64> = match kind {
        "step out" => (0..MINUTES).map(|minute| at(f64::from(u8::from(minute >= turn)))).collect(),
        "step in" => (0..MINUTES).map(|minute| at(f64::from(u8::from(minute < turn)))).collect(),
        "wave" => (0..MINUTES)
            .map(|minute| at(0.5 - 0.5 * (as_float(minute) / as_float(period) * std::f64::consts::TAU).cos()))
            .collect(),
        "spikes" => (0..MINUTES).map(|minute| at(f64::from(u8::from(minute % period < 12)))).collect(),
        "ramp" => (0..MINUTES).map(|minute| at(as_float(minute) / as_float(MINUTES))).collect(),
        "US flights" => {
            let trace = Trace::us_flights().map_err(|error| ParameterError(error.to_string()))?;
            let from = rng.below(trace.minutes() - MINUTES);
            trace.records_per_second()[from..from + MINUTES].to_vec()
        }
        _ => vec![base; MINUTES],
    };
    Ok((kind, rates))
}

/// Draws parameters. Each of them is sometimes not the default.
fn parameters(rng: &mut Rng) -> Vec<String> {
    let choices: [(&str, &[&str]); 14] = [
        ("ScaleMetric", &["busyTimeMsPerSecond", "millisBehindLatest", "EstimatedMaxTimeLag"]),
        ("Statistic", &["Maximum"]),
        ("PeriodSeconds", &["120", "300"]),
        ("ScaleOutDatapointsToAlarm", &["1", "2"]),
        ("ScaleInEvaluationPeriods", &["30"]),
        ("ScaleInDatapointsToAlarm", &["5", "10"]),
        ("ScaleOutFactor", &["2", "4"]),
        ("MinKpu", &["3", "4"]),
        ("MaxKpu", &["4", "8", "16"]),
        ("MaxParallelism", &["20", "64"]),
        ("GracePeriodSeconds", &["60", "120", "900"]),
        ("FailurePauseMinutes", &["5", "60"]),
        ("UpdateTimeoutMinutes", &["5", "20", "120"]),
        ("HeartbeatMinutes", &["1", "2", "10", "15"]),
    ];
    let drawn = choices.iter().filter_map(|(name, values)| {
        let value = rng.pick(values);
        (rng.chance() < 0.3).then(|| format!("{name}={value}"))
    });
    let mut set: Vec<String> = drawn.collect();
    set.extend((rng.chance() < 0.3).then(|| "ParallelismPerKpu=2".to_owned()));
    set.extend((rng.chance() < 0.3).then(|| "PollIntervalSeconds=60".to_owned()));
    set
}

/// Draws the sizing, which is sometimes by steps, to a target or by demand.
fn otherwise_sized(rng: &mut Rng) -> Vec<String> {
    let metric = rng.pick(&["millisBehindLatest", "EstimatedMaxTimeLag", "containerCPUUtilization"]);
    let preset = rng.pick(&["latency", "balanced", "cost"]);
    match rng.chance() {
        chance if chance < 0.25 => {}
        chance if chance < 0.4 => {
            let steps =
                ["ScalingOperation=Steps", "ScaleOutSteps=0:1, 5:100%, 1000:4", "ScaleInSteps=0:50%, 20:=3"];
            return steps.map(str::to_owned).to_vec();
        }
        chance if chance < 0.5 => {
            let target = ["ScaleMetric=containerCPUUtilization", "ScalingOperation=Target", "TargetValue=60"];
            return target.map(str::to_owned).to_vec();
        }
        _ => return Vec::new(),
    }
    let fixed = ["ScalingOperation=Demand", "PeriodSeconds=60"].map(str::to_owned);
    fixed.into_iter().chain([format!("ScaleMetric={metric}"), format!("Preset={preset}")]).collect()
}

/// Draws user alarms and guards, which a storm sometimes has.
fn guarded(rng: &mut Rng) -> Vec<String> {
    let choices: [(&str, &[&str]); 7] = [
        (
            "MoreScaleOutAlarms",
            &["busyTimeMsPerSecond > 950 for 2 of 3", "millisBehindLatest > 60000 for 2 of 3"],
        ),
        ("MoreScaleInAlarms", &["busyTimeMsPerSecond <= 450 for 5 of 5"]),
        ("SourcePartitions", &["24", "48"]),
        ("LargestStepKpu", &["2", "6"]),
        ("ScaleInGracePeriodSeconds", &["60", "1800"]),
        ("IneffectivePauseMinutes", &["0", "60"]),
        ("MonthlyBudgetDollars", &["120", "170"]),
    ];
    let drawn = choices.iter().filter_map(|(name, values)| {
        let value = rng.pick(values);
        (rng.chance() < 0.15).then(|| format!("{name}={value}"))
    });
    drawn.collect()
}

/// Draws windows and the mode, which are sometimes not the defaults.
fn by_the_clock(rng: &mut Rng, parameters: &Parameters) -> Vec<String> {
    let number = |name: &str| parameters.get(name).parse::<u32>().unwrap_or(32);
    let least = number("MinKpu");
    // The job fills at least these KPUs in every storm: 20 subtasks, with up to two of them on a KPU.
    let middle = u32::midpoint(least, number("MaxKpu").min(10));
    let hour = rng.below(4);
    let kind = rng.pick(&["high", "low", "fixed", "blocked"]);
    let mut set = match kind {
        _ if rng.chance() < 0.6 => Vec::new(),
        "high" => {
            vec![format!("Windows=daily {hour}:10-{}:40 >={middle}; daily 5:00-5:30 blocked", hour + 1)]
        }
        "low" => vec![format!("Windows=daily {hour}:20-{}:50 <={middle}", hour + 1)],
        "fixed" => vec![
            format!("HighKpu={middle}"),
            format!("HighStart={hour}:30"),
            format!("HighEnd={}:00", hour + 2),
            format!("LowKpu={least}-{middle}"),
        ],
        _ => vec![format!("Windows=Mon {hour}:00-{}:00 blocked; 2026-01-05 2:00-3:00 >={middle}", hour + 1)],
    };
    let more: [(&str, &[&str]); 3] = [
        ("LeadMinutes", &["7", "45"]),
        ("BacklogWaitMinutes", &["0", "10"]),
        ("TimeZone", &["Africa/Lagos"]),
    ];
    for (name, values) in more {
        let value = rng.pick(values);
        set.extend((rng.chance() < 0.3).then(|| format!("{name}={value}")));
    }
    let dry = rng.pick(&["observe", "observe", "off"]);
    set.extend((rng.chance() < 0.05).then(|| format!("Mode={dry}")));
    set
}

/// Draws faults at any minute. Faults of calls come in bursts. A deletion is rare, because it ends the scaling.
fn faults(rng: &mut Rng) -> Vec<(usize, Fault)> {
    let mut faults = Vec::new();
    for _ in 0..rng.below(MOST_FAULTS + 1) {
        let fault = rng.pick(&Fault::ALL);
        let minute = rng.below(MINUTES);
        let burst = match fault {
            Fault::Delete if rng.chance() < 0.8 => 0,
            Fault::Throttle | Fault::ServerError | Fault::CrashBefore => 1 + rng.below(10),
            Fault::CrashAfter | Fault::LostAnswer => 1 + rng.below(3),
            _ => 1,
        };
        faults.extend(std::iter::repeat_n((minute, fault), burst));
    }
    faults.sort_unstable();
    faults
}

#[expect(clippy::cast_precision_loss, reason = "minutes of a day")]
fn as_float(count: usize) -> f64 {
    count as f64
}
