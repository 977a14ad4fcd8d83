//! What the parameters come to: the policy, the alarms and the heartbeat, as the template would make them.

use crate::alarm::{AlarmSettings, MissingData};
use crate::parameters::{ParameterError, Parameters, refuse};
use crate::thresholds::{is_by_demand, threshold};
use crate::{Metric, Statistic};
use jiff::SignedDuration;
use scaling::Direction;
use tasks::{Comparison, Policy, PolicyText, TaskError, check_order, check_sizing};

/// The name of the application in a local run, where there is only one.
pub(crate) const APPLICATION: &str = "simulated";

/// The name of the alarm that watches the load of the stream that the simulated application reads.
pub(crate) const LOAD_ALARM: &str = "load";

/// What the parameters come to: the policy, the alarms and the heartbeat, as the template would make them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The policy as the state machine states it.
    pub(crate) policy: PolicyText,
    /// The same, understood.
    pub(crate) parsed: Policy,
    /// The alarm that asks for more, and the one that asks for less.
    pub(crate) alarms: [AlarmSettings; 2],
    pub(crate) heartbeat: SignedDuration,
    pub(crate) parallelism_per_kpu: u32,
}

impl Settings {
    /// Makes settings of parameters.
    ///
    /// # Errors
    /// If a parameter makes no sense, or two contradict each other.
    pub fn new(parameters: &Parameters) -> Result<Self, ParameterError> {
        let alarms = [alarm(parameters, Direction::Out)?, alarm(parameters, Direction::In)?];
        let scale_metric = metric(parameters, "ScaleMetric")?;
        let by_demand = is_by_demand(parameters);
        if by_demand && !scale_metric.is_lag_in_time() {
            return refuse(format!(
                "ScalingOperation is Demand, which needs a lag in time, and ScaleMetric is {}; set it to millisBehindLatest or EstimatedMaxTimeLag",
                scale_metric.name()
            ));
        }
        if by_demand && parameters.get("PeriodSeconds") != "60" {
            return refuse(
                "ScalingOperation is Demand, which looks at minutes; set PeriodSeconds to 60".to_owned(),
            );
        }
        // Sizing by demand looks at the lag itself.
        let max_lag = if scale_metric.is_lag() && !by_demand {
            Some(threshold(parameters, "ScaleInThreshold", scale_metric, Direction::In)?)
        } else {
            None
        };
        let policy = policy_text(parameters, &alarms, max_lag);
        let parsed = Policy::parse(&policy).map_err(|error| ParameterError(without_prefix(&error)))?;
        let [out, r#in] = &alarms;
        let coherent = match max_lag {
            Some(lag) => check_order(out.threshold, lag),
            None => check_sizing(&parsed.scaling.sizing, out.threshold, r#in.threshold),
        };
        coherent.map_err(ParameterError)?;
        let heartbeat = parameters.whole("HeartbeatMinutes", 1, 60)?;
        let parallelism_per_kpu = parameters.whole("ParallelismPerKpu", 1, 8)?;
        let settings = Self {
            policy,
            parsed,
            alarms,
            heartbeat: SignedDuration::from_mins(i64::try_from(heartbeat).unwrap_or(i64::MAX)),
            parallelism_per_kpu: u32::try_from(parallelism_per_kpu).unwrap_or(u32::MAX),
        };
        let usable = settings.usable_kpus();
        let minimum = settings.parsed.scaling.bounds.minimum().count();
        if usable.is_some_and(|usable| usable < minimum) {
            return refuse(format!(
                "MaxParallelism {} with ParallelismPerKpu {parallelism_per_kpu} fills fewer KPUs than MinKpu ({minimum}); lower MinKpu or correct MaxParallelism",
                parameters.get("MaxParallelism")
            ));
        }
        Ok(settings)
    }

    /// The KPUs that the job's maximum parallelism can fill, if it is known.
    fn usable_kpus(&self) -> Option<u32> {
        let maximum = self.parsed.scaling.max_parallelism?;
        Some(maximum.count().div_ceil(self.parallelism_per_kpu))
    }

    /// The policy as the state machine states it.
    #[must_use]
    pub fn policy_text(&self) -> &PolicyText {
        &self.policy
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.parsed
    }

    /// The threshold of the metric on which it scales, for scaling in: of the alarm, or, for a lag, of the second condition. By
    /// demand there is none: the alarm to scale in watches another metric, and the rule looks at the lag itself.
    #[must_use]
    pub fn scale_in_threshold(&self) -> Option<f64> {
        match self.parsed.load_alarm {
            Some(_) => None,
            None => Some(self.parsed.scale_in_max_lag.unwrap_or(self.alarms[1].threshold)),
        }
    }

    /// The time between two looks that no alarm asked for.
    #[must_use]
    pub fn heartbeat(&self) -> SignedDuration {
        self.heartbeat
    }

    /// How many subtasks share a KPU of the application.
    #[must_use]
    pub fn parallelism_per_kpu(&self) -> u32 {
        self.parallelism_per_kpu
    }

    /// The smallest and the largest number of KPUs that the job can have.
    #[must_use]
    pub fn bounds(&self) -> (u32, u32) {
        let bounds = self.parsed.scaling.bounds;
        let most = bounds.maximum().count();
        (bounds.minimum().count(), self.usable_kpus().map_or(most, |usable| usable.min(most)))
    }

    /// The alarm for a direction.
    #[must_use]
    pub fn alarm(&self, direction: Direction) -> &AlarmSettings {
        match direction {
            Direction::Out => &self.alarms[0],
            Direction::In => &self.alarms[1],
        }
    }
}

/// The message without the words that are of use only where the policy came from elsewhere.
fn without_prefix(error: &TaskError) -> String {
    let message = error.to_string();
    message.strip_prefix("failed to read the policy: ").map_or(message.clone(), str::to_owned)
}

fn policy_text(parameters: &Parameters, alarms: &[AlarmSettings; 2], max_lag: Option<f64>) -> PolicyText {
    let value = |name| parameters.get(name).to_owned();
    PolicyText {
        application_name: APPLICATION.to_owned(),
        scale_out_alarm: alarms[0].name.clone(),
        scale_in_alarm: alarms[1].name.clone(),
        scale_in_max_lag: max_lag.map_or_else(String::new, |lag| lag.to_string()),
        min_kpu: value("MinKpu"),
        max_kpu: value("MaxKpu"),
        max_parallelism: value("MaxParallelism"),
        scaling_operation: value("ScalingOperation"),
        scale_out_factor: value("ScaleOutFactor"),
        scale_in_factor: value("ScaleInFactor"),
        scale_out_steps: value("ScaleOutSteps"),
        scale_in_steps: value("ScaleInSteps"),
        minimum_step_kpu: value("MinimumStepKpu"),
        preset: value("Preset"),
        load_alarm: LOAD_ALARM.to_owned(),
        catch_up_seconds: value("CatchUpSeconds"),
        grace_period_seconds: value("GracePeriodSeconds"),
        failure_pause_minutes: value("FailurePauseMinutes"),
        poll_interval_seconds: value("PollIntervalSeconds"),
        update_timeout_minutes: value("UpdateTimeoutMinutes"),
        run_deadline_minutes: value("RunDeadlineMinutes"),
    }
}

fn alarm(parameters: &Parameters, direction: Direction) -> Result<AlarmSettings, ParameterError> {
    let (prefix, name, comparison) = match direction {
        Direction::Out => ("ScaleOut", "scale-out", Comparison::GreaterThanThreshold),
        Direction::In => ("ScaleIn", "scale-in", Comparison::LessThanOrEqualToThreshold),
    };
    let scale_metric = metric(parameters, "ScaleMetric")?;
    // A lag cannot say that there are too many KPUs; a utilisation does.
    let (metric, threshold_name) = match direction {
        Direction::In if scale_metric.is_lag() => {
            (utilization(parameters)?, "ScaleInUtilizationThreshold".to_owned())
        }
        _ => (scale_metric, format!("{prefix}Threshold")),
    };
    let statistic = parameters.get("Statistic");
    let Some(statistic) = Statistic::ALL.into_iter().find(|known| known.name() == statistic) else {
        return refuse(format!("Statistic is '{statistic}'; set it to Average, Minimum, Maximum or Sum"));
    };
    if !metric.statistics().contains(&statistic) {
        let sensible: Vec<_> = metric.statistics().iter().map(|statistic| statistic.name()).collect();
        return refuse(format!(
            "Statistic is {}, which says nothing about {}; set it to {}",
            statistic.name(),
            metric.name(),
            sensible.join(", ")
        ));
    }
    let period = parameters.whole("PeriodSeconds", 60, 3_600)?;
    if period % 60 != 0 {
        return refuse(format!(
            "PeriodSeconds is {period}; set it to a multiple of 60, as the metrics are by the minute"
        ));
    }
    let periods = format!("{prefix}EvaluationPeriods");
    let needed = format!("{prefix}DatapointsToAlarm");
    let evaluation_periods = parameters.whole(&periods, 1, 288)?;
    let datapoints_to_alarm = parameters.whole(&needed, 1, 288)?;
    if datapoints_to_alarm > evaluation_periods {
        return refuse(format!(
            "{needed} is {datapoints_to_alarm} and {periods} is {evaluation_periods}; set {needed} to at most {periods}"
        ));
    }
    // Source: CloudWatch API reference, PutMetricAlarm, EvaluationPeriods.
    let (longest, name_of_longest) = if period < 3_600 { (86_400, "a day") } else { (7 * 86_400, "a week") };
    if evaluation_periods * period > longest {
        return refuse(format!(
            "{periods} is {evaluation_periods} and PeriodSeconds is {period}, which is more than {name_of_longest} and not accepted by CloudWatch; lower one of them"
        ));
    }
    Ok(AlarmSettings {
        name: name.to_owned(),
        metric,
        statistic,
        period_minutes: period / 60,
        comparison,
        threshold: threshold(parameters, &threshold_name, metric, direction)?,
        evaluation_periods,
        datapoints_to_alarm,
        // A restart leaves a gap in the metric. Nothing is scaled because of what is not there.
        missing_data: MissingData::NotBreaching,
    })
}

/// The utilisation on which a lag scales in.
fn utilization(parameters: &Parameters) -> Result<Metric, ParameterError> {
    let metric = metric(parameters, "ScaleInUtilizationMetric")?;
    if metric.is_utilization() {
        return Ok(metric);
    }
    refuse(format!(
        "ScaleInUtilizationMetric is {}, which is no utilisation; set it to containerCPUUtilization or busyTimeMsPerSecond",
        metric.name()
    ))
}

fn metric(parameters: &Parameters, parameter: &str) -> Result<Metric, ParameterError> {
    let name = parameters.get(parameter);
    Metric::ALL.into_iter().find(|metric| metric.name() == name).ok_or_else(|| {
        let known: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        ParameterError(format!(
            "{parameter} is '{name}', which the local run cannot simulate; it can simulate {}",
            known.join(", ")
        ))
    })
}
