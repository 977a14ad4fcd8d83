//! `kpu status`.

use super::{ago, heading, read};
use crate::Failure;
use crate::arguments::StatusArguments;
use crate::format::duration;
use deployment::{ApplicationSettings, Facts, Run, RunStatus, Stack, Unread};
use schedule::{Edge, InForce};
use serde_json::{Value, json};
use std::io::{self, Write};
use tasks::{Alarm, AlarmState, DataPoint, Mode, Policy};

/// Runs the command.
pub(crate) fn status(arguments: &StatusArguments) -> Result<(), Failure> {
    let (facts, ()) = read(&arguments.deployed, arguments.runs.into(), async |_, _| Ok(()))?;
    let mut output = io::stdout().lock();
    if arguments.deployed.json {
        writeln!(output, "{:#}", document(&facts))?;
    } else {
        writeln!(output, "{}\n", heading(&facts))?;
        write_application(&facts, &mut output)?;
        write_clock(&facts, &mut output)?;
        if let Some(stack) = &facts.stack {
            write_alarms(&facts, stack, &mut output)?;
            write_runs(&facts, stack, &mut output)?;
        }
    }
    Ok(output.flush()?)
}

fn document(facts: &Facts) -> Value {
    let read = |value: Result<Value, &Unread>| value.unwrap_or_else(|unread| json!({"unread": unread.why}));
    let stack = facts.stack.as_ref();
    let alarms = |stack: &Stack| {
        let named = |alarm: &Alarm| json!({"name": alarm.name, "state": state(alarm), "watches": alarm.watches(), "threshold": alarm.threshold});
        read(stack.alarms.as_ref().map(|alarms| alarms.alarms.iter().map(named).collect()))
    };
    json!({
        "application": facts.application_name,
        "settings": read(facts.application.as_ref().map(|settings| json!(settings))),
        "pause": read(facts.pause.as_ref().map(|pause| json!(pause))),
        "inForce": policy(facts).map(|policy| in_force(&policy, facts)),
        "stack": stack.map(|stack| &stack.name),
        "policy": stack.map(|stack| read(stack.machine.as_ref().map(|machine| json!(machine.policy)))),
        "alarms": stack.map(alarms),
        "runs": stack.map(|stack| read(stack.runs.as_ref().map(|runs| json!(runs)))),
    })
}

fn in_force(policy: &Policy, facts: &Facts) -> Value {
    let mut document = crate::schedule::in_force(&policy.schedule, facts.now);
    document["until"] = json!(policy.schedule.next(facts.now).map(|edge| edge.at));
    document
}

fn write_application(facts: &Facts, output: &mut impl Write) -> io::Result<()> {
    let application = match &facts.application {
        Ok(Some(ApplicationSettings { status, kpus, parallelism, .. })) => {
            format!("{status}, {kpus} KPU (parallelism {parallelism}){}", bounds(facts))
        }
        Ok(None) => "it does not exist".to_owned(),
        Err(unread) => unread.why.clone(),
    };
    writeln!(output, "application  {application}")
}

/// Returns the policy if it could be read and is valid.
fn policy(facts: &Facts) -> Option<Policy> {
    let machine = facts.stack.as_ref()?.machine.as_ref().ok()?;
    Policy::parse(&machine.policy).ok()
}

fn bounds(facts: &Facts) -> String {
    policy(facts).map_or(String::new(), |policy| {
        let bounds = policy.schedule.at(facts.now).bounds;
        format!(", bounds {} to {} KPU", bounds.minimum().count(), bounds.maximum().count())
    })
}

/// Writes the mode, the windows, the next bounds and the pause, each only if it blocks scaling or moves the bounds.
fn write_clock(facts: &Facts, output: &mut impl Write) -> io::Result<()> {
    if let Some(policy) = policy(facts) {
        if policy.mode != Mode::Active {
            writeln!(output, "mode         {:?}: nothing is scaled", policy.mode)?;
        }
        if let Some(windows) = policy.schedule.words_at(facts.now) {
            writeln!(output, "in force     {windows}")?;
        }
        if let Some(Edge { at, in_force: InForce { bounds, blocked } }) = policy.schedule.next(facts.now) {
            let local = at.to_zoned(policy.schedule.zone().clone()).strftime("%a %H:%M %Z");
            let (least, most) = (bounds.minimum().count(), bounds.maximum().count());
            let blocked = if blocked { ", and nothing is scaled" } else { "" };
            writeln!(
                output,
                "next bounds  {least} to {most} KPU{blocked}, {local} ({})",
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
    let metrics = [&stack.out_metric, &stack.in_metric];
    let names = ["ScaleOutAlarm", "ScaleInAlarm"].map(|name| machine.policy.get(name));
    for ((label, name), metric) in ["alarm out", "alarm in"].into_iter().zip(names).zip(metrics) {
        match alarms.find(name) {
            Ok(alarm) => {
                let newest = metric.as_ref().ok().and_then(|metric| newest(&metric.points));
                let newest = newest.map_or("without data".to_owned(), |point| {
                    format!("newest value {:.1}, {}", point.value, ago(facts, point.start))
                });
                let (watches, comparison, threshold) = (alarm.watches(), alarm.comparison, alarm.threshold);
                let since = ago(facts, alarm.state_updated);
                writeln!(
                    output,
                    "{label:<11}  {} (set {since}): {watches} {comparison} {threshold}, {newest}",
                    state(alarm)
                )?;
            }
            Err(_) => writeln!(output, "{label:<11}  there is no alarm {name}")?,
        }
    }
    Ok(())
}

fn newest(points: &[DataPoint]) -> Option<&DataPoint> {
    points.iter().max_by_key(|point| point.start)
}

fn state(alarm: &Alarm) -> &'static str {
    match alarm.state {
        AlarmState::Ok => "OK",
        AlarmState::Alarm => "ALARM",
        AlarmState::InsufficientData => "INSUFFICIENT_DATA",
    }
}

fn write_runs(facts: &Facts, stack: &Stack, output: &mut impl Write) -> io::Result<()> {
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
    writeln!(output, "\nlast runs{}", if ended.is_empty() { ": none has ended" } else { "" })?;
    let mut rest = ended.as_slice();
    while let [newest, ..] = rest {
        let alike = rest.iter().take_while(|run| shown(run) == shown(newest)).count();
        write_run(facts, newest, alike, output)?;
        rest = &rest[alike..];
    }
    Ok(())
}

/// Returns the shown fields of a run. Consecutive runs with equal fields are shown once.
fn shown(run: &Run) -> (RunStatus, &str, &str, Option<(u64, u64)>) {
    (run.status, &run.state, &run.why, run.scaled)
}

fn write_run(facts: &Facts, run: &Run, times: usize, output: &mut impl Write) -> io::Result<()> {
    let lasted = run.ended.map_or(0.0, |ended| ended.duration_since(run.started).as_secs_f64());
    let failed = if run.status == RunStatus::Failed { "FAILED " } else { "" };
    let scaled = run.scaled.map_or(String::new(), |(from, to)| format!("{from} → {to} KPU, then "));
    let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
    writeln!(
        output,
        "  {:<18} {:<12} {scaled}{failed}{}{times}: {}",
        ago(facts, run.started),
        duration(lasted),
        run.state,
        run.why
    )
}
