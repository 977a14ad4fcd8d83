//! Makes a history from any file with metrics: JSON of CloudWatch or Prometheus, or a table.

use crate::answers::from_json;
use crate::arrivals::load_from_throughput;
use crate::idle::{asked, zeros};
use crate::kafka::least_lags;
use crate::operations::updates;
use crate::reading::{Reading, names, source_of};
use crate::series::{Found, Series, short};
use crate::sources::{Quantity, SOURCES, Source, Unit};
use crate::spans::{Span, spans};
use crate::stated::converted;
use crate::table::from_table;
use crate::{History, Recorded};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A history, and remarks about its import.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The history.
    pub history: History,
    /// The assumptions about the parts that the file leaves open, each with the option that replaces it.
    pub assumptions: Vec<String>,
    /// Notes for the user, about missing minutes, impossible values and unknown columns.
    pub notes: Vec<String>,
}

/// The reason why a file is not a history, in a sentence with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the file '{file}': {reason}")]
pub struct HistoryError {
    file: String,
    reason: String,
}

/// Reads a file with metrics: the output of `get-metric-data` or `get-metric-statistics`, an answer of Prometheus, or a table with a column of
/// times, such as a history, a trace, or an export of Grafana or of the CloudWatch console. Also reads the output of
/// `list-application-operations`, for the durations of the updates.
///
/// # Errors
/// If a file has another format, no known metric, or two values for the same data point.
pub fn import(
    file: &str,
    content: &[u8],
    operations: Option<&[u8]>,
    reading: &Reading,
) -> Result<Imported, HistoryError> {
    read(file, content, operations, reading).map_err(|reason| HistoryError { file: file.to_owned(), reason })
}

/// The longest history, in minutes.
const LONGEST: i64 = 400 * 1_440;

/// The largest possible value of any metric.
const LARGEST: f64 = 1e12;

fn read(
    file: &str,
    content: &[u8],
    operations: Option<&[u8]>,
    reading: &Reading,
) -> Result<Imported, String> {
    let text = decoded(content)?;
    let text = text.trim_start_matches('\u{feff}');
    check_output(text)?;
    let mut found =
        if text.trim_start().starts_with(['{', '[']) { from_json(text) } else { from_table(text, reading) }?;
    reading.check(&found.series)?;
    let is_relative = found.is_relative;
    let reading = &mut reading.clone();
    let mut known = identified(&mut found, reading)?;
    let Found { mut assumptions, mut notes, .. } = found;
    notes.extend(without_impossible(&mut known));

    // The gauges first, because they show when the application ran. Of two series of a quantity, the later one has priority.
    let mut painted: Vec<(Quantity, Vec<Span>)> = Vec::new();
    let mut life: BTreeMap<i64, i64> = BTreeMap::new();
    // The queries of an answer have one period, and another answer may have a finer one at the same time.
    let mut life_of: BTreeMap<(usize, i64), i64> = BTreeMap::new();
    let mut duplicates = 0;
    known.sort_by_key(|(source, _)| (reading.unit(source) == Unit::Records, std::cmp::Reverse(rank(source))));
    for (source, series) in &known {
        let period_of = |answer: usize, second: i64| {
            let minute = second.div_euclid(60);
            life_of.get(&(answer, minute)).or_else(|| life.get(&minute)).copied()
        };
        let of_source = spans(source, reading.unit(source), series, &period_of, is_relative)?;
        duplicates += of_source.duplicates;
        notes.extend(period_note(source, &of_source.spans));
        if source.quantity.shows_life() {
            for span in of_source.spans.iter().filter(|span| !span.value.is_nan()) {
                let period = life.entry(span.minute).or_insert(span.period);
                *period = span.period.min(*period);
            }
            for (minute, period) in of_source.periods {
                let known = life_of.entry(minute).or_insert(period);
                *known = period.min(*known);
            }
        }
        painted.push((source.quantity, of_source.spans));
    }
    let all = || {
        let spans = painted.iter().flat_map(|(_, spans)| spans);
        spans.filter(|span| !span.value.is_nan()).map(|span| span.minute)
    };
    let (Some(first), Some(last)) = (all().min(), all().max()) else {
        return Err(format!(
            "[{}] has no possible value; export a span in which the application ran",
            known.iter().map(|(source, _)| source.id).collect::<Vec<_>>().join(", ")
        ));
    };
    let length = last - first + 1;
    if length > LONGEST {
        return Err(format!("the file spans {length} minutes; import at most 400 days"));
    }
    let mut minutes = vec![Recorded::default(); usize::try_from(length).unwrap_or(0)];
    let mut unknown = BTreeSet::new();
    for (quantity, spans) in &painted {
        for span in spans {
            let minute = usize::try_from(span.minute - first).ok().and_then(|index| minutes.get_mut(index));
            match minute {
                Some(minute) if !span.value.is_nan() => quantity.set(minute, span.value),
                _ if *quantity == Quantity::Load => drop(unknown.insert(span.minute)),
                _ => {}
            }
        }
    }
    notes.extend(zeros(&mut minutes, first, &asked(&known, reading, &life), &unknown));
    least_lags(&mut minutes, first, &painted);
    if duplicates > 0 {
        notes.push(format!("data points that came twice with the same value count once: {duplicates}"));
    }
    let start = Timestamp::from_second(first * 60).ok().filter(|_| !is_relative);
    if let Some(operations) = operations {
        if is_relative {
            return Err("the times count from the start of the file, so that --operations has no place in it; export times with dates".to_owned());
        }
        updates(operations, first * 60, &mut minutes)?;
    }
    // The updates show when the job restarted.
    if minutes.iter().all(|minute| minute.load.is_none()) && load_from_throughput(&mut minutes) {
        assumptions.push(
            "the load is the throughput of the job, which counts a record in each task (--column load=NAME)"
                .to_owned(),
        );
    }
    let missing = minutes.iter().filter(|minute| minute.load.is_none()).count();
    if missing > 0 {
        notes.push(format!(
            "the load of {missing} of {length} minutes is missing; backtest and simulate interpolate it"
        ));
    }
    assumptions.dedup();
    let name = Path::new(file).file_stem().map_or_else(|| file.into(), |stem| stem.to_string_lossy());
    Ok(Imported { history: History::new(&name, start, minutes), assumptions, notes })
}

/// Returns the text of a file. Windows writes UTF-16 with a mark at the start.
fn decoded(content: &[u8]) -> Result<String, String> {
    let pairs = |of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = content.chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map_err(|_| ())
    };
    let text = match content {
        [0xff, 0xfe, ..] => pairs(u16::from_le_bytes),
        [0xfe, 0xff, ..] => pairs(u16::from_be_bytes),
        _ => std::str::from_utf8(content).map(str::to_owned).map_err(|_| ()),
    };
    let text =
        text.map_err(|()| "the file is not text in UTF-8; save it as CSV or JSON in UTF-8".to_owned())?;
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err("the file is empty; export it again".to_owned());
    }
    Ok(text)
}

/// Rejects the other output formats of the AWS CLI.
fn check_output(text: &str) -> Result<(), String> {
    const STARTS: [&str; 7] = [
        "METRICDATARESULTS",
        "MetricDataResults:",
        "DATAPOINTS",
        "Datapoints:",
        "MESSAGES",
        "Messages:",
        "-------",
    ];
    let start = text.trim_start();
    if !STARTS.iter().any(|other| start.starts_with(other)) {
        return Ok(());
    }
    Err("the file is the output of the AWS CLI as text, YAML or a table; write it with --output json"
        .to_owned())
}

/// Groups the series by their sources. A single series without a known name is assumed to be the load.
fn identified(
    found: &mut Found,
    reading: &mut Reading,
) -> Result<Vec<(&'static Source, Vec<Series>)>, String> {
    let mut known: Vec<(&'static Source, Vec<Series>)> = Vec::new();
    let mut unknown: Vec<Series> = Vec::new();
    for mut series in found.series.drain(..) {
        let Some(source) = source_of(&series, reading) else {
            unknown.push(series);
            continue;
        };
        let source = converted(&mut series, source, reading, &mut found.assumptions)?;
        match known.iter_mut().find(|(other, _)| other.id == source.id) {
            None => known.push((source, vec![series])),
            Some((_, all)) => all.push(series),
        }
    }
    let different: BTreeSet<&str> = unknown.iter().map(|series| series.name.as_str()).collect();
    if known.is_empty() && different.len() == 1 {
        let is_sum = unknown.iter().all(|series| series.statistic.as_deref() == Some("Sum"));
        let mut source = &SOURCES[usize::from(!is_sum)];
        reading.take_unit_of(&unknown[0].name);
        found.assumptions.push(format!(
            "'{}' is the load, in {} (--column, --unit)",
            short(&unknown[0].name),
            reading.unit_name(source)
        ));
        for series in &mut unknown {
            source = converted(series, source, reading, &mut found.assumptions)?;
        }
        known.push((source, std::mem::take(&mut unknown)));
    }
    if known.is_empty() && unknown.is_empty() {
        return Err(
            "the file has no series; check the time span, the names and the dimensions of the queries"
                .to_owned(),
        );
    }
    if known.is_empty() {
        let ids: Vec<_> =
            SOURCES.iter().map(|source| format!("{} ({})", source.id, source.meaning)).collect();
        return Err(format!(
            "it has no known query or column, only [{}]; name one with --column load=NAME, or name the queries or the columns {}",
            names(&unknown),
            ids.join(", ")
        ));
    }
    for (source, all) in &known {
        if let Some(other) = all.iter().find(|series| series.name != all[0].name) {
            return Err(format!(
                "'{}' and '{}' are both {}; choose one with --column {}=NAME, or aggregate them in the query",
                short(&all[0].name),
                short(&other.name),
                source.id,
                source.id
            ));
        }
    }
    for name in unknown.iter().map(|series| &series.name).collect::<BTreeSet<_>>() {
        found.notes.push(format!("'{}' is not a known query or column and was left out", short(name)));
    }
    Ok(known)
}

/// Replaces the values that a metric cannot have by NaN, and returns a note about them. A lag of -1 means that no lag was reported yet.
fn without_impossible(known: &mut [(&'static Source, Vec<Series>)]) -> Option<String> {
    const SHOWN: usize = 4;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (source, all) in known {
        for (_, value) in all.iter_mut().flat_map(|series| &mut series.points) {
            if !(0.0..=LARGEST).contains(value) {
                *counts.entry(format!("{} {value}", source.id)).or_default() += 1;
                *value = f64::NAN;
            }
        }
    }
    let shown: Vec<_> =
        counts.iter().take(SHOWN).map(|(value, count)| format!("{value} ({count})")).collect();
    let more = if counts.len() > SHOWN { ", ..." } else { "" };
    (!counts.is_empty()).then(|| format!("impossible values count as missing: {}{more}", shown.join(", ")))
}

/// Returns a note about periods that differ from a minute.
fn period_note(source: &Source, spans: &[Span]) -> Option<String> {
    let periods: BTreeSet<i64> = spans.iter().map(|span| span.period).collect();
    let list: Vec<_> = periods.iter().rev().map(|period| format!("{period} s")).collect();
    (periods.iter().any(|period| *period != 60)).then(|| {
        format!(
            "the data points of '{}' last {}, and each counts for all of it",
            source.id,
            list.join(" or ")
        )
    })
}

/// The position of a source in [`SOURCES`].
fn rank(source: &Source) -> usize {
    SOURCES.iter().position(|other| other.id == source.id).unwrap_or(SOURCES.len())
}
