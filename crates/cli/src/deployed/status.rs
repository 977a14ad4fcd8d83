//! `kpu status`.

use super::times::Clock;
use super::{
    ago, document, heading, place, read_all, require_resource, separate, sizes, target, write_documents,
    write_overviews,
};
use crate::arguments::StatusArguments;
use crate::format::duration;
use crate::{Failure, now};
use deployment::{
    Facts, LastRuns, Overview, Run, RunStatus, ScaledResource, Stack, Target, Unread, WatchedMetric,
    unusable_alarm,
};
use scaling::{Bounds, Direction};
use schedule::{Edge, InForce};
use serde_json::{Value, json};
use std::io::{self, Write};
use tasks::{Alarm, DataPoint, Mode, Policy};

/// Runs the command.
pub(crate) fn status(arguments: &StatusArguments) -> Result<(), Failure> {
    let StatusArguments { deployed: arguments, all: is_all, since, runs, zone } = arguments;
    let clock = Clock::new(zone, now())?;
    let runs = match since {
        Some(since) => LastRuns::Since(clock.past("--since", since)?),
        None => LastRuns::Count((*runs).into()),
    };
    let target = if *is_all { Target::All } else { target(arguments) };
    let all = read_all(arguments, &target, runs, &async |_, _| Ok(()))?;
    let mut output = io::stdout().lock();
    if arguments.json {
        let documents = all.iter().map(|(facts, ())| document(facts, fields(facts)));
        write_documents(*is_all || all.len() > 1, &documents.collect::<Vec<_>>(), &mut output)?;
    } else if *is_all {
        let lines = all.iter().map(|(facts, ())| Overview::of_state(facts));
        let place = all.first().map_or(String::new(), |(facts, ())| place(facts));
        write_overviews(lines.collect(), &place, &mut output)?;
    } else {
        for (index, (facts, ())) in all.iter().enumerate() {
            separate(index, &mut output)?;
            write(facts, &clock, &mut output)?;
        }
    }
    output.flush()?;
    all.iter().try_for_each(|(facts, ())| require_resource(facts))
}

fn write(facts: &Facts, clock: &Clock, output: &mut impl Write) -> io::Result<()> {
    writeln!(output, "{}\n", heading(facts))?;
    write_resource(facts, output)?;
    write_clock(facts, output)?;
    if let Some(stack) = &facts.stack {
        write_alarms(facts, stack, output)?;
        let own = stack.own_cost.total();
        writeln!(
            output,
            "own cost     about {own:.2} dollars a month in us-east-1; kpu doctor lists its parts"
        )?;
        write_runs(facts, stack, clock, output)?;
    }
    Ok(())
}

fn fields(facts: &Facts) -> Value {
    let read = |value: Result<Value, &Unread>| value.unwrap_or_else(|unread| json!({"unread": unread.why}));
    let stack = facts.stack.as_ref();
    let alarms = |stack: &Stack| {
        let named = |alarm: &Alarm| json!({"name": alarm.name, "state": alarm.state.name(), "watches": alarm.watches(), "threshold": alarm.threshold});
        read(stack.alarms.as_ref().map(|alarms| alarms.alarms.iter().map(named).collect()))
    };
    json!({
        "settings": match &facts.resource {
            ScaledResource::Application(application) => read(application.settings.as_ref().map(|settings| json!(settings))),
            ScaledResource::Stream(stream) => read(stream.settings.as_ref().map(|settings| json!(settings))),
        },
        "pause": read(facts.pause.as_ref().map(|pause| json!(pause))),
        "inForce": facts.policy().map(|policy| in_force(&policy, facts)),
        "policy": stack.map(|stack| read(stack.machine.as_ref().map(|machine| json!(machine.policy)))),
        "alarms": stack.map(alarms),
        "ownDollarsAMonth": stack.map(|stack| stack.own_cost.total()),
        "runs": stack.map(|stack| read(stack.runs.as_ref().map(|runs| json!(runs)))),
    })
}

fn in_force(policy: &Policy, facts: &Facts) -> Value {
    let mut document = crate::schedule::in_force(&policy.schedule, facts.now);
    document["until"] = json!(policy.schedule.next(facts.now).map(|edge| edge.at));
    document
}

fn write_resource(facts: &Facts, output: &mut impl Write) -> io::Result<()> {
    let kind = facts.kind();
    let words = match (facts.resource.status_and_units(), facts.resource.arn()) {
        (Some((status, units)), _) => {
            let parallelism = facts
                .application()
                .map_or(String::new(), |settings| format!(" (parallelism {})", settings.parallelism));
            format!("{status}, {}{parallelism}{}", kind.unit.words(units), bounds(facts))
        }
        (None, Err(unread)) => unread.why,
        (None, Ok(_)) => "it does not exist".to_owned(),
    };
    writeln!(output, "{:<11}  {words}", kind.noun)
}

fn bounds(facts: &Facts) -> String {
    facts.policy().map_or(String::new(), |policy| {
        format!(", bounds {}", range(facts, policy.schedule.at(facts.now).bounds))
    })
}

/// Returns two bounds, with the name of their unit.
fn range(facts: &Facts, bounds: Bounds) -> String {
    format!("{} to {}", bounds.minimum().count(), facts.kind().unit.words(bounds.maximum()))
}

/// Writes the mode, the windows, the next bounds and the pause, each only if it blocks scaling or moves the bounds.
fn write_clock(facts: &Facts, output: &mut impl Write) -> io::Result<()> {
    if let Some(policy) = facts.policy() {
        if policy.mode != Mode::Active {
            writeln!(output, "mode         {:?}: nothing is scaled", policy.mode)?;
        }
        if let Some(windows) = policy.schedule.words_at(facts.now) {
            writeln!(output, "in force     {windows}")?;
        }
        if let Some(Edge { at, in_force: InForce { bounds, blocked } }) = policy.schedule.next(facts.now) {
            let local = at.to_zoned(policy.schedule.zone().clone()).strftime("%a %H:%M %Z");
            let blocked = if blocked { ", and nothing is scaled" } else { "" };
            writeln!(
                output,
                "next bounds  {}{blocked}, {local} ({})",
                range(facts, bounds),
                at.strftime("%a %H:%M UTC")
            )?;
        }
    }
    match &facts.pause {
        Ok(None) => Ok(()),
        Ok(Some(pause)) => writeln!(output, "paused       {pause}"),
        Err(unread) => writeln!(output, "paused       {}", unread.why),
    }
}

fn write_alarms(facts: &Facts, stack: &Stack, output: &mut impl Write) -> io::Result<()> {
    let (Ok(alarms), Ok(machine)) = (&stack.alarms, &stack.machine) else {
        let why = stack.alarms.as_ref().err().or(stack.machine.as_ref().err());
        return writeln!(output, "alarms       {}", why.map_or("", |unread| unread.why.as_str()));
    };
    let policy = facts.policy();
    for (label, first, direction, metric) in [
        ("alarm out", "ScaleOutAlarm", Direction::Out, &stack.out_metric),
        ("alarm in", "ScaleInAlarm", Direction::In, &stack.in_metric),
    ] {
        let only_user = policy.as_ref().is_some_and(|policy| policy.has_only_user_alarms(direction));
        let user_alarms = policy.iter().flat_map(|policy| policy.alarms(direction).1);
        let all = [(machine.policy.get(first), !only_user, metric.as_ref().ok())]
            .into_iter()
            .chain(user_alarms.map(|name| (name.as_str(), false, None)));
        for (name, is_stack_alarm, metric) in all {
            match alarms.find(name) {
                Ok(alarm) => write_alarm(facts, label, alarm, metric, output)?,
                Err(alarm) => {
                    let (message, remedy) = unusable_alarm(direction, is_stack_alarm, &alarm);
                    writeln!(output, "{label:<11}  {message}; {remedy}")?;
                }
            }
        }
    }
    Ok(())
}

/// Writes the state of an alarm, and the newest value of its metric if it was read.
fn write_alarm(
    facts: &Facts,
    label: &str,
    alarm: &Alarm,
    metric: Option<&WatchedMetric>,
    output: &mut impl Write,
) -> io::Result<()> {
    let newest = metric.map(|metric| {
        let newest = newest(&metric.points);
        newest.map_or(", without data".to_owned(), |point| {
            format!(", newest value {:.1}, {}", point.value, ago(facts, point.start))
        })
    });
    writeln!(
        output,
        "{label:<11}  {} (set {}): {} {} {}{}",
        alarm.state.name(),
        ago(facts, alarm.state_updated),
        alarm.watches(),
        alarm.comparison,
        alarm.threshold,
        newest.unwrap_or_default()
    )
}

fn newest(points: &[DataPoint]) -> Option<&DataPoint> {
    points.iter().max_by_key(|point| point.start)
}

fn write_runs(facts: &Facts, stack: &Stack, clock: &Clock, output: &mut impl Write) -> io::Result<()> {
    let runs = match &stack.runs {
        Ok(runs) => runs,
        Err(why) => return writeln!(output, "runs         {why}"),
    };
    let (running, ended): (Vec<&Run>, Vec<&Run>) =
        runs.iter().partition(|run| run.status == RunStatus::Running);
    for run in &running {
        writeln!(output, "now          a run is in {}, started {}", run.state, ago(facts, run.started))?;
    }
    if running.is_empty() {
        writeln!(output, "now          no run is under way")?;
    }
    match ended.as_slice() {
        [] => writeln!(output, "\nlast runs: none has ended")?,
        _ => writeln!(output, "\nlast runs (times are {})", clock.zone_name())?,
    }
    let mut rest = ended.as_slice();
    while let [newest, ..] = rest {
        let alike = rest.iter().take_while(|run| shown(run) == shown(newest)).count();
        write_run(facts, newest, alike, clock, output)?;
        rest = &rest[alike..];
    }
    Ok(())
}

/// Returns the shown fields of a run. Consecutive runs with equal fields are shown once.
fn shown(run: &Run) -> (RunStatus, &str, &str, Option<(u64, u64)>) {
    (run.status, &run.state, &run.why, run.scaled)
}

fn write_run(
    facts: &Facts,
    run: &Run,
    times: usize,
    clock: &Clock,
    output: &mut impl Write,
) -> io::Result<()> {
    let lasted = run.ended.map_or(0.0, |ended| ended.duration_since(run.started).as_secs_f64());
    let failed = if run.status == RunStatus::Failed { "FAILED " } else { "" };
    let unit = facts.kind().unit;
    let scaled = run.scaled.map_or(String::new(), |(from, to)| format!("{}, then ", sizes(unit, from, to)));
    let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
    writeln!(
        output,
        "  {:<18} {:<12} {scaled}{failed}{}{times}: {}",
        clock.moment(run.started),
        duration(lasted),
        run.state,
        run.why
    )
}
