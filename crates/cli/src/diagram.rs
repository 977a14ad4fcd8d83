//! `kpu diagram`: draws the state machine from the deployed file.

mod picture;

use crate::Failure;
use crate::arguments::{DiagramArguments, DiagramFormat};
use asl::{Kind, Machine, StateSummary};
use simulator::{Parameters, Settings, state_machine};
use std::fmt::Write as _;
use std::io::Write as _;

/// Runs the command.
pub(crate) fn diagram(arguments: &DiagramArguments) -> Result<(), Failure> {
    let settings =
        Settings::new(&Parameters::default()).map_err(|error| Failure::Machine(error.to_string()))?;
    let machine = state_machine(&settings).map_err(|error| Failure::Machine(error.to_string()))?;
    let drawing = match arguments.format {
        DiagramFormat::Text => text(&machine),
        DiagramFormat::Svg => picture::draw(&machine),
        DiagramFormat::Mermaid => mermaid(&machine),
    };
    let mut output = std::io::stdout().lock();
    output.write_all(drawing.as_bytes())?;
    Ok(output.flush()?)
}

/// A transition to another state, with all its conditions.
struct Way<'a> {
    to: &'a str,
    on: Vec<&'a str>,
}

/// Returns the transitions out of a state, each destination once.
fn ways<'a>(state: &StateSummary<'a>) -> Vec<Way<'a>> {
    let mut ways: Vec<Way<'a>> = Vec::new();
    for edge in &state.edges {
        match ways.iter_mut().find(|way| way.to == edge.to) {
            Some(way) => way.on.extend(edge.on),
            None => ways.push(Way { to: edge.to, on: edge.on.into_iter().collect() }),
        }
    }
    ways
}

impl Way<'_> {
    /// Returns its conditions as text.
    fn label(&self) -> String {
        self.on.join(", ").replace("States.ALL", "any error")
    }
}

fn text(machine: &Machine) -> String {
    let mut text = format!("{}\n", machine.comment());
    for state in machine.states() {
        let kind = match state.kind {
            Kind::Task => "task",
            Kind::Choice => "choice",
            Kind::Wait => "wait",
            Kind::Succeed => "end, well",
            Kind::Fail => "end, failed",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{} ({kind}): {}", state.name, state.comment);
        for way in ways(&state) {
            let _ = match way.label().as_str() {
                "" => writeln!(text, "  ──▶ {}", way.to),
                label => writeln!(text, "  ──{label}──▶ {}", way.to),
            };
        }
    }
    text
}

fn mermaid(machine: &Machine) -> String {
    let mut text = String::from("flowchart TD\n");
    for state in machine.states() {
        let name = state.name;
        let _ = match state.kind {
            Kind::Task => writeln!(text, "    {name}[{name}]"),
            Kind::Choice => writeln!(text, "    {name}{{{name}}}"),
            Kind::Wait => writeln!(text, "    {name}([{name}])"),
            Kind::Succeed => writeln!(text, "    {name}(({name}))"),
            Kind::Fail => writeln!(text, "    {name}((({name})))"),
        };
    }
    for state in machine.states() {
        for way in ways(&state) {
            let _ = match way.label().as_str() {
                "" => writeln!(text, "    {} --> {}", state.name, way.to),
                label => writeln!(text, "    {} -- {label} --> {}", state.name, way.to),
            };
        }
    }
    text
}
