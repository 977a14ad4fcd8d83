//! `kpu import`.

use crate::Failure;
use crate::arguments::ImportArguments;
use history::{History, queries};
use std::io::Write;
use std::path::Path;

/// Runs the command.
pub(crate) fn import(arguments: &ImportArguments) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    if let (true, Some(application), Some(stream)) =
        (arguments.queries, &arguments.application, &arguments.stream)
    {
        writeln!(output, "{:#}", queries(application, stream))?;
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
    if is_the_same(path, &arguments.output) {
        let name = path.display();
        return Err(Failure::Input(format!(
            "--output is '{name}', which is also the input and would be overwritten; choose another file"
        )));
    }
    let operations = arguments.operations.as_deref().map(read).transpose()?;
    let imported = history::import(&name(path), &read(path)?, operations.as_deref())
        .map_err(|error| Failure::Input(error.to_string()))?;
    let target = &arguments.output;
    write_history(target, &imported.history)?;
    let minutes = imported.history.minutes();
    writeln!(output, "{}: {} minutes from {} on", target.display(), minutes.len(), imported.start)?;
    let known = |metric: &str, count: usize| format!("  {metric:<8}{count:>8} minutes");
    let count = |has: fn(&history::Recorded) -> bool| minutes.iter().filter(|minute| has(minute)).count();
    writeln!(output, "{}", known("load", count(|minute| minute.load.is_some())))?;
    writeln!(output, "{}", known("lag", count(|minute| minute.lag.or(minute.worst_lag).is_some())))?;
    writeln!(output, "{}", known("CPU", count(|minute| minute.cpu.is_some())))?;
    writeln!(output, "{}", known("KPUs", count(|minute| minute.kpus.is_some())))?;
    writeln!(output, "  {:<8}{:>8}", "updates", count(|minute| minute.update_seconds.is_some()))?;
    for note in &imported.notes {
        writeln!(output, "note: {note}")?;
    }
    Ok(output.flush()?)
}

/// Writes a history to a file.
pub(crate) fn write_history(path: &Path, history: &History) -> Result<(), Failure> {
    std::fs::write(path, history.to_csv()).map_err(|error| {
        Failure::Machine(format!("failed to write the history '{}': {error}", path.display()))
    })
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|error| Failure::Input(format!("failed to read the file '{}': {error}", path.display())))
}

/// Returns the name of a file without its extension.
pub(crate) fn name(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
