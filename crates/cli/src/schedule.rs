//! `kpu schedule`.

use crate::arguments::ScheduleArguments;
use crate::inputs::settings;
use crate::{Failure, now};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use scaling::Unit;
use schedule::{Edge, InForce, Schedule};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::io::{self, Write};

/// Runs the command.
pub(crate) fn schedule(arguments: &ScheduleArguments) -> Result<(), Failure> {
    let (_, settings) = settings(&arguments.set)?;
    let schedule = &settings.policy().schedule;
    let unit = settings.policy().scaling.unit;
    let from = arguments.from.unwrap_or_else(now);
    let next = |edge: &Edge| schedule.next(edge.at);
    let present = Edge { at: from, in_force: schedule.at(from) };
    let edges: Vec<Edge> = std::iter::successors(next(&present), next).take(arguments.count.into()).collect();
    let mut output = io::stdout().lock();
    if arguments.json {
        let rows: Vec<Value> = edges.iter().map(|edge| row(schedule, edge.at)).collect();
        let zone = schedule.zone().iana_name().unwrap_or("UTC");
        let document = json!({
            "timeZone": zone, "inForce": row(schedule, from), "next": rows, "warnings": schedule.warnings(),
        });
        writeln!(output, "{document:#}")?;
        return Ok(output.flush()?);
    }
    write_row((schedule, unit), present, "now", &mut output)?;
    for window in schedule.expired_windows(from) {
        writeln!(output, "The window '{window}' never opens again; remove it from Windows.")?;
    }
    for warning in schedule.warnings() {
        writeln!(output, "Warning: {warning}.")?;
    }
    if edges.is_empty() {
        writeln!(output, "The bounds never move again. Set HighKpu or Windows to move them.")?;
    }
    let mut before = present;
    for edge in edges {
        write_row((schedule, unit), edge, clock_change(schedule.zone(), before.at, edge.at), &mut output)?;
        before = edge;
    }
    Ok(output.flush()?)
}

/// Returns a note if the clocks are put forward or back between two moments.
fn clock_change(zone: &TimeZone, from: Timestamp, until: Timestamp) -> &'static str {
    match zone.to_offset(until).cmp(&zone.to_offset(from)) {
        Ordering::Greater => "clock put forward",
        Ordering::Less => "clock put back",
        Ordering::Equal => "",
    }
}

fn row(schedule: &Schedule, at: Timestamp) -> Value {
    let mut row = json!({"at": at, "local": at.to_zoned(schedule.zone().clone()).to_string()});
    if let (Some(row), Value::Object(fields)) = (row.as_object_mut(), in_force(schedule, at)) {
        row.extend(fields);
    }
    row
}

/// Returns the bounds in force at a moment, and the open windows.
pub(crate) fn in_force(schedule: &Schedule, at: Timestamp) -> Value {
    let InForce { bounds, blocked } = schedule.at(at);
    json!({
        "minKpu": bounds.minimum().count(),
        "maxKpu": bounds.maximum().count(),
        "blocked": blocked,
        "windows": schedule.windows_at(at).collect::<Vec<_>>(),
    })
}

fn write_row(
    (schedule, unit): (&Schedule, Unit),
    edge: Edge,
    label: &str,
    output: &mut impl Write,
) -> io::Result<()> {
    let local = edge.at.to_zoned(schedule.zone().clone()).strftime("%a %Y-%m-%d %H:%M %Z").to_string();
    let utc = edge.at.strftime("%a %H:%M UTC").to_string();
    let windows = schedule.words_at(edge.at).unwrap_or_else(|| "no window".to_owned());
    writeln!(output, "{label:<17}  {local:<25}  {utc}  {:<21}  {windows}", allowed(unit, edge.in_force))
}

/// Returns the allowed sizes as text.
fn allowed(unit: Unit, InForce { bounds, blocked }: InForce) -> String {
    let (least, most) = (bounds.minimum(), unit.words(bounds.maximum()));
    let sizes = if least == bounds.maximum() { most } else { format!("{} to {most}", least.count()) };
    if blocked { format!("{sizes}, blocked") } else { sizes }
}
