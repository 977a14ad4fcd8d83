//! `kpu explain`.

use super::times::Clock;
use super::{connected, counted, place_of, target, unit_name};
use crate::arguments::ExplainArguments;
use crate::format::duration;
use crate::text::sizes;
use crate::{Failure, now};
use deployment::{Around, Entry, EntryKind, Explained, Period, Timeline};
use jiff::{SignedDuration, Timestamp};
use scaling::Unit;
use serde_json::json;
use std::io::{self, Write};

/// The executions within this time before and after a moment are read. It is twice the longest `HeartbeatMinutes`.
const READ_AROUND: SignedDuration = SignedDuration::from_hours(2);

/// Runs the command.
pub(crate) fn explain(arguments: &ExplainArguments) -> Result<(), Failure> {
    let clock = Clock::new(&arguments.zone, now())?;
    let at = arguments.at.as_deref().map(|at| clock.past("--at", at)).transpose()?;
    let period = match at {
        Some(at) => Period { since: at - READ_AROUND, until: clock.now.min(at + READ_AROUND) },
        None => Period { since: clock.past("--since", &arguments.since)?, until: clock.now },
    };
    let explained = connected(&arguments.deployed, async |account, _| {
        Ok(account.explain(&target(&arguments.deployed), period).await?)
    })?;
    let timeline = Timeline::of(&explained.executions, period, explained.heartbeat);
    let mut output = io::stdout().lock();
    if arguments.deployed.json {
        let mut document = json!({
            (explained.kind.noun): explained.resource, "stack": explained.stack, "timeZone": clock.zone_name(),
            "since": period.since, "until": period.until,
        });
        match at {
            Some(at) => {
                document["at"] = json!(at);
                document["around"] = json!(timeline.around(at));
            }
            None => document["entries"] = json!(timeline.summary()),
        }
        writeln!(output, "{document:#}")?;
        return Ok(output.flush()?);
    }
    writeln!(output, "{} (stack {}{})", explained.resource, explained.stack, place_of(&explained.arn))?;
    writeln!(output, "Times are {}.\n", clock.zone_name())?;
    let lines = Lines { clock: &clock, unit: explained.kind.unit };
    match at {
        Some(at) => lines.write_around(at, &timeline.around(at), &mut output)?,
        None => lines.write_all(period, &timeline.summary(), &explained, &mut output)?,
    }
    Ok(output.flush()?)
}

/// Formats entries.
struct Lines<'a> {
    clock: &'a Clock,
    unit: Unit,
}

impl Lines<'_> {
    fn write_all(
        &self,
        period: Period,
        entries: &[Entry],
        explained: &Explained,
        output: &mut impl Write,
    ) -> io::Result<()> {
        let count = |noun, is_counted: fn(&Entry) -> bool| {
            let of_kind = entries.iter().filter(|entry| is_counted(entry));
            counted(of_kind.map(|entry| entry.count).sum(), noun)
        };
        let started = explained.executions.iter().filter(|execution| execution.started >= period.since);
        let (from, until) = (self.clock.moment(period.since), self.clock.end(period.since, period.until));
        writeln!(
            output,
            "From {from} to {until}: {}, {}, {}, {}.\n",
            counted(started.count(), "execution"),
            count("step", |entry| entry.verdict == EntryKind::Scaling),
            count("hold", |entry| entry.verdict == EntryKind::Hold),
            count("failure", Entry::is_failure),
        )?;
        entries.iter().try_for_each(|entry| writeln!(output, "{}", self.line(entry)))
    }

    fn write_around(&self, at: Timestamp, around: &Around, output: &mut impl Write) -> io::Result<()> {
        writeln!(output, "asked      {}", self.clock.moment(at))?;
        let Around { in_force, before, after } = around;
        let none =
            |side: &str| format!("no execution ran in the {} {side}", duration(READ_AROUND.as_secs_f64()));
        let line = |entry: &Option<Entry>| entry.as_ref().map(|entry| self.line(entry));
        writeln!(output, "in force   {}", line(in_force).unwrap_or_else(|| none("before")))?;
        if let Some(before) = before {
            writeln!(output, "before     {}", self.line(before))?;
            if let Some(called_by) = &before.called_by {
                writeln!(output, "           called by: {called_by}")?;
            }
            if let Some([least, most]) = before.bounds {
                writeln!(output, "           bounds: {least} to {most} {}", unit_name(self.unit))?;
            }
            if let Some(warning) = &before.warning {
                writeln!(output, "           warning: {warning}")?;
            }
            if let Some(execution) = &before.execution {
                writeln!(output, "           execution: {execution}")?;
            }
        }
        writeln!(output, "after      {}", line(after).unwrap_or_else(|| none("after, or until now")))
    }

    /// Returns an entry as a line, in the form and the words of the decisions of `kpu simulate`.
    fn line(&self, entry: &Entry) -> String {
        let direction = entry.direction.map_or(String::new(), |direction| direction.to_string());
        let sizes = match (entry.verdict, entry.from) {
            (EntryKind::Quiet, Some(units)) => format!("{units:>3}, quiet"),
            (verdict, from) => sizes(&format!("{verdict:?}"), from, entry.to, unit_name(self.unit)),
        };
        format!("{:<16} {direction:<4} {sizes:<14} {}", self.clock.moment(entry.at), self.words(entry))
    }

    fn words(&self, entry: &Entry) -> String {
        let Entry { at, until, count, why, .. } = entry;
        let end = self.clock.end(*at, *until);
        if entry.verdict == EntryKind::Quiet {
            let checks = match count {
                1 => "a check".to_owned(),
                _ => format!("from {} to {end} {count} checks", self.clock.end(*at, *at)),
            };
            return format!("{checks} found nothing to do: {why}");
        }
        let mut words = match &entry.reason {
            Some(reason) if entry.verdict == EntryKind::Hold => format!("{reason}: {why}"),
            _ => why.clone(),
        };
        if let Some(demand) = &entry.demand {
            words = format!("{words} ({demand})");
        }
        if let Some(outcome) = &entry.outcome {
            words = format!("{words}; {outcome}");
        }
        if *count > 1 {
            let lasted = duration(until.duration_since(*at).as_secs_f64());
            words = format!("{words}; {count} times until {end} ({lasted})");
        }
        words
    }
}
