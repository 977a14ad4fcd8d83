//! The tables of `docs/reference/` have exactly the names of the code and of the template.
//!
//! `template::permissions` holds the page of the permissions, `template::agreement` makes the page of the parameters,
//! `crates/scaling/tests/constants.rs` holds the page of the constants, `crates/deployment/tests/examine/` the findings and the links, and
//! `tests/command/printed.rs` the options of the command.

use simulator::Fault;
use std::collections::BTreeSet;
use std::fmt::Debug;

const FAULTS: &str = include_str!("../docs/reference/faults.md");
const REASONS: &str = include_str!("../docs/reference/reasons-and-verdicts.md");
const METRICS: &str = include_str!("../docs/reference/metrics-and-events.md");
const ALARMS: &str = include_str!("../docs/reference/alarms.md");
const PAYLOADS: &str = include_str!("../docs/reference/payloads.md");
const TEMPLATE: &str = include_str!("../template.yaml");
const ANSWERS: &str = include_str!("../crates/tasks/src/payload/answers.rs");
const EVENT: &str = include_str!("../crates/tasks/src/payload/event.rs");

/// The rows of the first table after a line that begins so, as cells.
pub(crate) fn rows<'a>(page: &'a str, start: &str) -> impl Iterator<Item = Vec<&'a str>> {
    let lines = page.lines().skip_while(move |line| !line.starts_with(start));
    let table = lines.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    table.skip(2).map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

/// The quoted names in a cell.
pub(crate) fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The quoted names in the first column of the first table after a line that begins so.
fn first_column(page: &str, start: &str) -> BTreeSet<String> {
    rows(page, start).flat_map(|row| quoted(row[0])).map(str::to_owned).collect()
}

fn names<Variant: Debug>(variants: &[Variant]) -> BTreeSet<String> {
    variants.iter().map(|variant| format!("{variant:?}")).collect()
}

/// The fields of a struct, as serde writes them.
fn fields(source: &str, name: &str) -> BTreeSet<String> {
    let body = source.split_once(&format!("pub struct {name} {{")).unwrap().1;
    let body = body.split_once("\n}").unwrap().0;
    let declared = body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'));
    declared.map(|(field, _)| camel_case(field)).collect()
}

fn camel_case(field: &str) -> String {
    let mut words = field.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |name, word| format!("{name}{}{}", word[..1].to_uppercase(), &word[1..]))
}

/// The alarms of the template, without the name of the stack.
fn alarms() -> BTreeSet<String> {
    let named = TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("AlarmName: "));
    named.map(|name| name.split("}-").nth(1).unwrap().trim_matches('"').to_owned()).collect()
}

#[test]
fn the_tables_of_the_reference_have_the_names_of_the_code() {
    let mut metrics = names(&tasks::Metric::ALL);
    metrics.insert("Holds".to_owned());
    let mut event = fields(EVENT, "ScalingEvent");
    assert!(event.remove("moved"), "it is flattened into the names and the sizes of the resource");
    let moved = ["application", "fromKpus", "toKpus", "stream", "fromShards", "toShards"];
    event.extend(moved.map(str::to_owned));
    let mut of_alarms = first_column(ALARMS, "## Alarms that start");
    of_alarms.extend(first_column(ALARMS, "## Alarms that notify"));
    let table = [
        ("reasons", first_column(REASONS, "## Reasons to hold"), names(&scaling::Reason::ALL)),
        ("verdicts of check", first_column(REASONS, "`$.check.verdict`"), names(&tasks::CheckVerdict::ALL)),
        ("verdicts of scale", first_column(REASONS, "`$.scale.verdict`"), names(&tasks::ScaleVerdict::ALL)),
        ("verdicts of poll", first_column(REASONS, "`$.poll.verdict`"), names(&tasks::PollVerdict::ALL)),
        ("failures", first_column(REASONS, "## Failures"), names(&tasks::UpdateFailure::ALL)),
        ("metrics", first_column(METRICS, "## Metrics"), metrics),
        ("fields of an event", first_column(METRICS, "| field | type"), event),
        ("alarms", of_alarms, alarms()),
        ("fields of check", first_column(PAYLOADS, "## `$.check`"), fields(ANSWERS, "CheckAnswer")),
        ("fields of scale", first_column(PAYLOADS, "## `$.scale`"), fields(ANSWERS, "ScaleAnswer")),
        ("fields of update", first_column(PAYLOADS, "| field of `update`"), fields(ANSWERS, "BegunUpdate")),
        ("fields of poll", first_column(PAYLOADS, "## `$.poll`"), fields(ANSWERS, "PollAnswer")),
    ];
    for (part, page, code) in table {
        assert!(page.len() >= 3, "the table of {part} is gone");
        assert_eq!(page, code, "{part}: left: the page; right: the code");
    }
}

/// The page of the faults links each scenario with a fault, and shows each fault of the simulator.
#[test]
fn the_page_of_the_faults_has_every_simulated_fault() {
    let linked: BTreeSet<&str> = FAULTS
        .split("tests/scenarios/")
        .skip(1)
        .filter_map(|text| Some(text.split_once(".snap")?.0))
        .collect();
    let scenarios = boundary::scenario::all();
    let faulty = scenarios.iter().filter(|(_, scenario, _)| !scenario.faults.is_empty());
    let unlinked: Vec<&String> =
        faulty.map(|(name, ..)| name).filter(|name| !linked.contains(name.as_str())).collect();
    assert!(unlinked.is_empty(), "docs/reference/faults.md has no link to {unlinked:#?}");
    let shown: BTreeSet<Fault> = scenarios
        .iter()
        .filter(|(name, ..)| linked.contains(name.as_str()))
        .flat_map(|(_, scenario, _)| scenario.faults.iter().map(|(_, fault)| *fault))
        .collect();
    assert_eq!(shown, BTreeSet::from(Fault::ALL));
}
