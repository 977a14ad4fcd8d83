//! `kpu tune`.

mod overrides;
mod page;

use crate::arguments::TuneArguments;
use crate::format::{Calendar, duration};
use crate::import::zone;
use crate::inputs::application_settings;
use crate::learned::Learned;
use crate::presets::is_given;
use crate::progress::bar;
use crate::{Failure, report};
use history::{Compared, Objective, Tuned};
use jiff::SignedDuration;
use overrides::{changes, first_deployment, quoted};
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;

/// The default path of the report.
const REPORT: &str = "kpu-tune.html";

/// The least number of days on each side for a recommendation with high confidence.
const MIN_DAYS: f64 = 3.0;

/// Runs the command.
pub(crate) fn tune(arguments: &TuneArguments) -> Result<(), Failure> {
    let common = &arguments.common;
    let mut learned = Learned::of(common)?;
    let (present, settings) = application_settings(&common.set)?;
    learned.calibration.model.state_gigabytes = settings.state_gigabytes();
    learned.check_maximum(settings.bounds().1);
    if !(0.0..=100.0).contains(&arguments.allowed) {
        return Err(Failure::Input(format!(
            "--allowed is {}; set it to a percentage from 0 to 100",
            arguments.allowed
        )));
    }
    let has_lag = learned.history.minutes().iter().any(|minute| minute.lag.or(minute.worst_lag).is_some());
    let is_of_topic = present.get("ScaleMetric") == "EstimatedMaxTimeLag";
    let (given, changed) = common.set.iter().cloned().partition(|assignment| is_given(assignment));
    let objective = Objective {
        given,
        present: changed,
        allowed_percent: arguments.allowed,
        lag: if is_of_topic { Some("EstimatedMaxTimeLag") } else { has_lag.then_some("millisBehindLatest") },
        policies: usize::try_from(arguments.policies).unwrap_or(usize::MAX),
        seed: common.seed,
    };
    let trace = &learned.calibration.trace;
    let zone = zone(&common.reading)?.unwrap_or_else(|| settings.policy().schedule.zone().clone());
    let calendar = Calendar { start: trace.start().unwrap_or_default(), zone: trace.start().map(|_| zone) };
    let bar = bar(arguments.policies.into(), "{bar:40} {percent:>3} %  {pos} of {len} policies");
    let tuned = history::tune(&learned.calibration, &objective, &|tried| {
        bar.set_position(u64::try_from(tried).unwrap_or(u64::MAX));
    });
    let speed = tuned.played_days / bar.elapsed().as_secs_f64();
    bar.finish_and_clear();

    let uncertain = uncertainties(&learned, &tuned, arguments);
    let mut output = io::stdout().lock();
    if common.json {
        let calibration = &learned.calibration;
        let document = json!({"tuned": tuned, "overrides": changes(&tuned), "firstDeployment": first_deployment(&tuned), "replay": learned.replay, "calibration": calibration, "moreSubtasks": learned.more_subtasks(&present), "uncertain": uncertain});
        writeln!(output, "{document:#}")?;
    } else {
        learned.write(&calendar, &mut output)?;
        write(&tuned, &uncertain, arguments, &calendar, speed, &mut output)?;
        learned.write_more_subtasks(&present, &mut output)?;
    }
    let path = arguments.report.as_deref().or((!common.json).then_some(Path::new(REPORT)));
    if let Some(path) = path {
        report::write(
            path,
            &page::page(&learned, &tuned, &uncertain, &calendar, arguments, &present),
            common.json,
            &mut output,
        )?;
    }
    Ok(output.flush()?)
}

/// Returns the reasons why the recommendation may be wrong.
fn uncertainties(learned: &Learned, tuned: &Tuned, arguments: &TuneArguments) -> Vec<String> {
    let mut uncertain = learned.calibration.uncertain.clone();
    let (chose, judged) = tuned.days;
    if chose.min(judged) < MIN_DAYS {
        uncertain.push(format!(
            "the parameters were chosen on {chose:.1} days and compared on {judged:.1} days, fewer than {MIN_DAYS}; import two weeks"
        ));
    }
    let recommended = tuned.unseen.iter().find(|compared| compared.label == "recommended");
    if let Some(recommended) = recommended.filter(|found| found.summary.missed_percent > arguments.allowed) {
        uncertain.push(format!(
            "the lag is out of the objective for {:.2} % of the time, and --allowed is {} %: no tried policy keeps it; raise MaxKpu or --lag-objective, or make restarts faster",
            recommended.summary.missed_percent, arguments.allowed
        ));
    }
    uncertain
}

fn write(
    tuned: &Tuned,
    uncertain: &[String],
    arguments: &TuneArguments,
    calendar: &Calendar,
    speed: f64,
    output: &mut impl Write,
) -> io::Result<()> {
    let (chose, judged) = tuned.days;
    let count = tuned.tried.len();
    writeln!(
        output,
        "\n{count} policies were tried on {chose:.1} days ({:.0} days simulated, {speed:.0} a second); the results on {judged:.1} other days{}:\n",
        tuned.played_days,
        since_the_choice(chose, calendar)
    )?;
    heading("", arguments, output)?;
    for compared in &tuned.unseen {
        row(compared, output)?;
    }
    for (seconds, compared) in &tuned.restarts {
        writeln!(output)?;
        heading(&format!("restart {}", duration(*seconds)), arguments, output)?;
        for compared in compared {
            row(compared, output)?;
        }
    }
    writeln!(output, "\nConfidence: {}", if uncertain.is_empty() { "high" } else { "low" })?;
    for reason in uncertain {
        writeln!(output, "  {reason}")?;
    }
    let changes = changes(tuned);
    if !tuned.is_better || changes.is_empty() {
        writeln!(
            output,
            "\nThe search found no parameters that are better on the other days. Keep the present ones."
        )?;
    } else {
        writeln!(output, "\nSet these parameters, in place of the present ones:\n")?;
        for assignment in &changes {
            writeln!(output, "  {assignment}")?;
        }
        writeln!(output, "\n  sam deploy --parameter-overrides {}", quoted(&changes))?;
    }
    writeln!(
        output,
        "\nFor a first deployment, replace each name in angle brackets:\n\n  sam deploy --stack-name '<application>-scaling' --resolve-s3 --capabilities CAPABILITY_IAM --parameter-overrides \\\n    {}",
        quoted(&first_deployment(tuned))
    )
}

/// Returns the start of the days of the comparison, if the load has dates.
fn since_the_choice(days: f64, calendar: &Calendar) -> String {
    let chosen = SignedDuration::try_from_secs_f64(days * 86_400.0).unwrap_or_default();
    match (&calendar.zone, calendar.start.checked_add(chosen)) {
        (Some(_), Ok(start)) => format!(", from {} on", calendar.moment(start)),
        _ => String::new(),
    }
}

fn heading(title: &str, arguments: &TuneArguments, output: &mut impl Write) -> io::Result<()> {
    let objective = format!("lag > {}", duration(arguments.common.lag_objective));
    writeln!(
        output,
        "{title:<16}{:>16}{objective:>16}{:>16}{:>20}",
        "dollars a month", "worst lag", "rescales a day"
    )
}

fn row(compared: &Compared, output: &mut impl Write) -> io::Result<()> {
    let Compared { label, dollars_a_month, summary } = compared;
    writeln!(
        output,
        "{label:<16}{dollars_a_month:>16.2}{:>14.2} %{:>16}{:>20.1}",
        summary.missed_percent,
        duration(summary.worst_lag_seconds),
        summary.rescales_per_day
    )
}
