//! `kpu import`.

use crate::Failure;
use crate::arguments::{ImportArguments, ReadingArguments};
use history::{History, Imported, QueriedSource, Reading, queries};
use jiff::tz::TimeZone;
use std::io::Write;
use std::path::Path;

/// Runs the command.
pub(crate) fn import(arguments: &ImportArguments) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    if let (true, Some(application)) = (arguments.queries, &arguments.application) {
        writeln!(output, "{:#}", queries(application, queried_source(arguments)))?;
        return Ok(output.flush()?);
    }
    let Some(path) = &arguments.file else {
        return Err(Failure::Input(
            "failed to import: no file was given; kpu import --help shows how to make one".to_owned(),
        ));
    };
    let is_the_same = |one: &Path, other: &Path| {
        one.canonicalize().ok().is_some_and(|one| other.canonicalize().ok() == Some(one))
    };
    if arguments.output.as_ref().is_some_and(|output| is_the_same(path, output)) {
        let name = path.display();
        return Err(Failure::Input(format!(
            "--output is '{name}', which is also the input and would be overwritten; choose another file"
        )));
    }
    let operations = arguments.operations.as_deref().map(read_file).transpose()?;
    let imported = read_metrics(path, operations.as_deref(), &arguments.reading)?;
    if !imported.assumptions.is_empty() {
        writeln!(std::io::stderr(), "assumed: {}", imported.assumptions.join("; "))?;
    }
    let Some(target) = &arguments.output else {
        output.write_all(imported.history.to_csv().as_bytes())?;
        output.flush()?;
        return summarize(&mut std::io::stderr().lock(), "history", &imported);
    };
    write_history(target, &imported.history)?;
    summarize(&mut output, &target.display().to_string(), &imported)
}

/// Writes the minutes of a history with each metric, and the notes about it.
fn summarize(output: &mut impl Write, name: &str, imported: &Imported) -> Result<(), Failure> {
    let minutes = imported.history.minutes();
    let from = imported.history.start().map_or(String::new(), |start| format!(" from {start} on"));
    writeln!(output, "{name}: {} minutes{from}", minutes.len())?;
    let known = |metric: &str, count: usize| format!("  {metric:<8}{count:>8} minutes");
    let count = |has: fn(&history::Recorded) -> bool| minutes.iter().filter(|minute| has(minute)).count();
    writeln!(output, "{}", known("load", count(|minute| minute.load.is_some())))?;
    writeln!(
        output,
        "{}",
        known("lag", count(|minute| minute.lag.or(minute.worst_lag).or(minute.least_lag).is_some()))
    )?;
    writeln!(output, "{}", known("CPU", count(|minute| minute.cpu.is_some())))?;
    writeln!(output, "{}", known("KPUs", count(|minute| minute.kpus.is_some())))?;
    writeln!(output, "  {:<8}{:>8}", "updates", count(|minute| minute.update_seconds.is_some()))?;
    for note in &imported.notes {
        writeln!(output, "note: {note}")?;
    }
    Ok(output.flush()?)
}

/// Returns the source of `--queries`.
fn queried_source(arguments: &ImportArguments) -> QueriedSource<'_> {
    match (&arguments.stream, &arguments.cluster, &arguments.topic, &arguments.group) {
        (Some(stream), ..) => QueriedSource::Stream(stream),
        (None, Some(cluster), Some(topic), Some(group)) => QueriedSource::Topic { cluster, topic, group },
        _ => QueriedSource::Unnamed,
    }
}

/// Writes a history to a file.
pub(crate) fn write_history(path: &Path, history: &History) -> Result<(), Failure> {
    std::fs::write(path, history.to_csv()).map_err(|error| Failure::unwritten("history", path, &error))
}

/// Returns the zone of `--zone`.
pub(crate) fn zone(arguments: &ReadingArguments) -> Result<Option<TimeZone>, Failure> {
    arguments.zone.as_deref().map(zone_named).transpose()
}

/// Returns the time zone that `--zone` names.
pub(crate) fn zone_named(name: &str) -> Result<TimeZone, Failure> {
    schedule::zone(name).map_err(|why| Failure::Input(why.replace("TimeZone", "--zone")))
}

/// Reads a file with metrics.
pub(crate) fn read_metrics(
    path: &Path,
    operations: Option<&[u8]>,
    arguments: &ReadingArguments,
) -> Result<Imported, Failure> {
    let reading =
        Reading::new(&arguments.columns, &arguments.units, zone(arguments)?).map_err(Failure::Input)?;
    let content = read_file(path)?;
    history::import(&path.display().to_string(), &content, operations, &reading)
        .map_err(|error| Failure::Input(error.to_string()))
}

/// Reads a file with metrics for a command with another purpose than the import, and writes the assumptions about it to standard error.
pub(crate) fn read_history(path: &Path, arguments: &ReadingArguments) -> Result<History, Failure> {
    let Imported { history, assumptions, notes } = read_metrics(path, None, arguments)?;
    let mut error = std::io::stderr().lock();
    for (kind, list) in [("note", notes), ("assumed", assumptions)] {
        if !list.is_empty() {
            writeln!(error, "{kind}: {}", list.join("; "))?;
        }
    }
    Ok(history)
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::Input(format!(
            "failed to read the file '{}': {error}; check its path and permissions",
            path.display()
        ))
    })
}
