//! `kpu storm`.

use crate::Failure;
use crate::arguments::StormArguments;
use crate::progress::bar;
use serde::Serialize;
use simulator::{Run, Storm};
use std::collections::BTreeMap;
use std::io::{StdoutLock, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// The combined results of many storms.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tally {
    storms: u64,
    simulated_hours: f64,
    executions: u64,
    most_executions_at_once: usize,
    most_events_of_an_execution: u64,
    /// The number of occurrences of each event.
    seen: BTreeMap<String, u64>,
    /// The seeds of the storms in which an invariant was violated.
    violated: Vec<u64>,
}

/// Runs the command.
pub(crate) fn storm(arguments: &StormArguments) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    if let Some(seed) = arguments.seed {
        let storm = draw(seed)?;
        let run = storm.run().map_err(machine)?;
        show(&storm, &run, &mut output)?;
        return if run.violations.is_empty() { Ok(()) } else { Err(violated(&[seed])) };
    }
    let tally = run_all(arguments.storms)?;
    if arguments.json {
        writeln!(output, "{:#}", serde_json::to_value(&tally).map_err(machine)?)?;
    } else {
        write(&tally, &mut output)?;
    }
    let Some(seed) = tally.violated.first() else { return Ok(output.flush()?) };
    if !arguments.json {
        let smallest = draw(*seed)?.smallest().map_err(machine)?;
        let run = smallest.run().map_err(machine)?;
        writeln!(output, "\nThe first of them, reduced to the faults that are needed:\n")?;
        show(&smallest, &run, &mut output)?;
    }
    Err(violated(&tally.violated))
}

fn violated(seeds: &[u64]) -> Failure {
    let first: Vec<String> = seeds.iter().take(10).map(u64::to_string).collect();
    let (first, more) = (first.join(", "), if seeds.len() > 10 { ", ..." } else { "" });
    Failure::InvariantViolated(format!(
        "an invariant was violated in the storms {first}{more}; show one with kpu storm --seed"
    ))
}

fn machine(error: impl std::fmt::Display) -> Failure {
    Failure::Machine(error.to_string())
}

fn draw(seed: u64) -> Result<Storm, Failure> {
    Storm::of(seed).map_err(|error| Failure::Machine(format!("failed to draw storm {seed}: {error}")))
}

/// Runs the storms with the seeds from 1, on all processors.
fn run_all(storms: u64) -> Result<Tally, Failure> {
    let bar = bar(storms, "{bar:40} {pos}/{len} storms, {eta} to go");
    let next = AtomicU64::new(1);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > storms {
                return Ok(tally);
            }
            tally.add(seed, &draw(seed)?.run().map_err(machine)?);
            bar.inc(1);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let tallies: Vec<Result<Tally, Failure>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let gone = |_| Err(Failure::Machine("failed to run the storms: a thread panicked".to_owned()));
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(gone)).collect()
    });
    bar.finish_and_clear();
    let mut total = Tally::default();
    for tally in tallies {
        total.join(tally?);
    }
    total.violated.sort_unstable();
    Ok(total)
}

impl Tally {
    fn add(&mut self, seed: u64, run: &Run) {
        self.storms += 1;
        self.simulated_hours += run.hours();
        self.executions += run.cost.executions;
        self.most_executions_at_once = self.most_executions_at_once.max(run.cost.most_at_once);
        self.most_events_of_an_execution = self.most_events_of_an_execution.max(run.cost.most_events);
        for (event, count) in &run.seen {
            *self.seen.entry(event.clone()).or_default() += count;
        }
        if !run.violations.is_empty() {
            self.violated.push(seed);
        }
    }

    fn join(&mut self, other: Self) {
        self.storms += other.storms;
        self.simulated_hours += other.simulated_hours;
        self.executions += other.executions;
        self.most_executions_at_once = self.most_executions_at_once.max(other.most_executions_at_once);
        self.most_events_of_an_execution =
            self.most_events_of_an_execution.max(other.most_events_of_an_execution);
        for (event, count) in other.seen {
            *self.seen.entry(event).or_default() += count;
        }
        self.violated.extend(other.violated);
    }
}

/// The kinds of counted events: the prefix of the name, and the heading.
const KINDS: [(&str, &str); 6] = [
    ("fault: ", "faults that occurred"),
    ("action: ", "actions of the autoscaler"),
    ("check: ", "answers of check"),
    ("scale: ", "answers of scale"),
    ("poll: ", "answers of poll"),
    ("end: ", "ends of executions"),
];

fn write(tally: &Tally, output: &mut StdoutLock<'_>) -> Result<(), Failure> {
    writeln!(
        output,
        "{} storms, {} simulated hours, {} executions, at most {} at once and {} events in one",
        tally.storms,
        tally.simulated_hours,
        tally.executions,
        tally.most_executions_at_once,
        tally.most_events_of_an_execution
    )?;
    for (prefix, heading) in KINDS {
        writeln!(output, "\n{heading}")?;
        for (event, count) in &tally.seen {
            if let Some(event) = event.strip_prefix(prefix) {
                writeln!(output, "{count:>10}  {event}")?;
            }
        }
    }
    writeln!(output, "\nStorms with a violated invariant: {}", tally.violated.len())?;
    Ok(())
}

/// Shows one storm with its timeline.
fn show(storm: &Storm, run: &Run, output: &mut StdoutLock<'_>) -> Result<(), Failure> {
    let scenario = &storm.scenario;
    let mut set = if storm.set.is_empty() { "all defaults".to_owned() } else { storm.set.join(" ") };
    if !storm.stream_set.is_empty() {
        set = format!("{set}; stream: {}", storm.stream_set.join(" "));
    }
    let load = scenario.trace.records_per_second();
    let most = load.iter().copied().fold(0.0, f64::max);
    writeln!(
        output,
        "storm {}: {}, up to {most:.0} records/s; restarts of {} s; {set}",
        scenario.seed,
        scenario.trace.name(),
        scenario.model.downtime_seconds
    )?;
    let of_the_stream = storm.stream.iter().flat_map(|stream| &stream.faults);
    for (minute, fault) in scenario.faults.iter().chain(of_the_stream) {
        writeln!(output, "armed at {:02}:{:02}: {fault}", minute / 60, minute % 60)?;
    }
    writeln!(output)?;
    for entry in &run.timeline {
        writeln!(output, "{}  {}", entry.at.strftime("%H:%M:%S"), entry.what)?;
    }
    writeln!(output)?;
    for violation in &run.violations {
        writeln!(output, "VIOLATED at {}: {}", violation.at.strftime("%H:%M:%S"), violation.invariant)?;
    }
    if run.violations.is_empty() {
        writeln!(output, "no invariant was violated")?;
    }
    Ok(output.flush()?)
}
