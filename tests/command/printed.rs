//! Every shell command that the pages and the help print: a test runs it, CI runs it, or its block says why neither does.
//!
//! A block begins with ```` ```sh ````, and `title="needs AWS"` or `title="not run by a test"` marks it. The site shows the title.

use crate::typing::{commands, folder, kpu, text, words};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const NEEDS_AWS: &str = r#" title="needs AWS""#;
const NOT_RUN: &str = r#" title="not run by a test""#;

const TEMPLATES: [&str; 4] = [
    include_str!("../../template.yaml"),
    include_str!("../../pipeline.yaml"),
    include_str!("../../dashboard.yaml"),
    include_str!("../../scalable-target.yaml"),
];

/// A command with its page and the mark of its block.
struct Printed {
    page: String,
    mark: String,
    command: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All pages with commands: those in the root, and those below `docs`.
fn pages() -> Vec<PathBuf> {
    let mut folders = vec![root().join("docs")];
    let mut pages: Vec<PathBuf> =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|page| root().join(page)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "md") {
                pages.push(entry);
            }
        }
    }
    pages.sort();
    pages
}

/// The commands of a page's shell blocks, without comments, with continued lines joined.
fn printed(page: &Path) -> Vec<Printed> {
    let text = fs::read_to_string(page).unwrap();
    let name = page.strip_prefix(root()).unwrap().display().to_string();
    let (mut found, mut mark) = (Vec::new(), None);
    let mut command = String::new();
    for line in text.lines().map(str::trim) {
        match (&mark, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let other = ["bash", "shell", "console", "zsh"].iter().any(|name| info.starts_with(name));
                assert!(!other, "{name}: begin a block of shell commands with ```sh");
                mark = Some(info.to_owned());
            }
            (Some(_), Some(_)) => mark = None,
            (Some(info), None) if info.starts_with("sh") => {
                command.push_str(line.split(" #").next().unwrap().trim());
                if let Some(begun) = command.strip_suffix('\\') {
                    command = begun.to_owned();
                } else if !command.is_empty() {
                    let mark = info.strip_prefix("sh").unwrap().to_owned();
                    found.push(Printed { page: name.clone(), mark, command: std::mem::take(&mut command) });
                }
            }
            _ => {}
        }
    }
    found
}

/// The files that the pages take for granted: a trace, a history, and the answers of the AWS CLI.
fn prepared(test: &str) -> PathBuf {
    let folder = folder(test);
    let rows =
        (0..120).map(|minute| format!("{},{}\n", minute * 60, if minute < 30 { 2_000 } else { 9_000 }));
    let trace = format!("seconds,records_per_second\n{}", rows.collect::<String>());
    fs::write(folder.join("lastweek.csv"), trace).unwrap();
    let data = r#"{"MetricDataResults": [
        {"Id": "load", "Timestamps": ["2026-11-21T08:01:00Z", "2026-11-21T08:00:00Z"], "Values": [120.0, 60.0]},
        {"Id": "kpus", "Timestamps": ["2026-11-21T08:00:00Z"], "Values": [4.0]}]}"#;
    fs::write(folder.join("data.json"), data).unwrap();
    let requests = "Time;Requests\n05.01.2026 08:00;600,5\n05.01.2026 08:01;1.200,0\n";
    fs::write(folder.join("requests.csv"), requests).unwrap();
    fs::write(folder.join("operations.json"), r#"{"ApplicationOperationInfoList": []}"#).unwrap();
    folder
}

/// Runs a command of `kpu`. Searches and storms are cut short, because other tests play many.
fn run(folder: &Path, printed: &str, command: &str) {
    let mut arguments = words(command);
    for (command, option, count) in [("tune", "--policies", "20"), ("storm", "--storms", "20")] {
        if arguments[0] == command {
            if let Some(at) = arguments.iter().position(|argument| argument == option) {
                arguments.drain(at..at + 2);
            }
            arguments.extend([option, count].map(str::to_owned));
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = kpu(folder, &arguments);
    assert!(output.status.success(), "{printed}: {arguments:?}: {}", text(&output.stderr));
}

/// A newcomer types the commands in the order of a page. A command that is none of `kpu` is unmarked only if `.ci/run` has it.
#[test]
fn every_command_is_run_or_says_why_not() {
    let folder = prepared("printed-pages");
    let checked = fs::read_to_string(root().join(".ci/run")).unwrap().replace(" --locked", "");
    let (mut tried, mut marked) = (BTreeSet::new(), 0);
    for page in pages() {
        if page.ends_with("tune-from-history.md") {
            let output = kpu(&folder, &["simulate", "--history", "history.csv", "--json"]);
            assert!(output.status.success(), "{}", text(&output.stderr));
        }
        for Printed { page, mark, command } in printed(&page) {
            if mark == NEEDS_AWS || mark == NOT_RUN {
                marked += 1;
                continue;
            }
            assert!(mark.is_empty(), "{page}: the mark{mark} is not known");
            if let Some(arguments) = command.strip_prefix("cargo run -- ") {
                if tried.insert(command.clone()) {
                    run(&folder, &page, arguments);
                }
            } else {
                let remedy = "Mark its block with title=\"needs AWS\" or title=\"not run by a test\"";
                assert!(checked.contains(&command), "{page}: no test runs: {command}\n{remedy}");
            }
        }
    }
    assert!(tried.len() >= 20 && marked >= 30, "the commands are gone: {} and {marked}", tried.len());
}

#[test]
fn the_examples_of_the_help_work() {
    let folder = prepared("printed-help");
    let help = kpu(&folder, &["simulate", "--help"]);
    let examples: Vec<&str> =
        text(&help.stdout).lines().filter_map(|line| line.strip_prefix("  kpu ")).collect();
    assert!(examples.len() >= 2, "the examples are gone: {examples:?}");
    for example in examples {
        run(&folder, "the help", example.split(" #").next().unwrap());
    }
}

/// A command that needs AWS cannot be run here, but the names of its parameters can be compared.
#[test]
fn every_parameter_in_a_command_of_a_deployment_exists() {
    let mut compared = 0;
    for Printed { page, command, .. } in pages().iter().flat_map(|page| printed(page)) {
        let Some((_, overrides)) = command.split_once("--parameter-overrides ") else { continue };
        let overrides = overrides.split("$(aws").next().unwrap().split_whitespace();
        for (name, _) in overrides.filter_map(|word| word.split_once('=')) {
            let declared = format!("\n  {name}:\n    Type: ");
            assert!(TEMPLATES.iter().any(|template| template.contains(&declared)), "{page}: {name}");
            compared += 1;
        }
    }
    assert!(compared >= 20, "the commands of deployments are gone: {compared}");
}

/// The options that a text names, such as `--trace`.
fn options(text: &str) -> BTreeSet<&str> {
    let is_of_a_name = |letter: char| letter == '-' || letter.is_ascii_lowercase();
    let words = text.split(|letter| !is_of_a_name(letter));
    words
        .filter(|word| word.strip_prefix("--").is_some_and(|name| name.starts_with(char::is_alphabetic)))
        .collect()
}

#[test]
fn the_reference_of_the_command_names_every_command_and_every_option() {
    /// Options of clap and of cargo.
    const OTHER: [&str; 3] = ["--help", "--version", "--features"];
    let folder = folder("printed-reference");
    let page = fs::read_to_string(root().join("docs/reference/command.md")).unwrap();
    let help = kpu(&folder, &["--help"]);
    let mut known: BTreeSet<String> = OTHER.map(str::to_owned).into();
    for command in commands(text(&help.stdout)) {
        assert!(page.contains(&format!("| `{command}` |")), "the page has no row for kpu {command}");
        let help = kpu(&folder, &[command, "-h"]);
        let (_, listed) = text(&help.stdout).split_once("\nOptions:\n").unwrap();
        // A description may name an option of another program or command.
        let declared = listed.lines().filter_map(|line| line.split("  ").find(|part| part.contains("--")));
        for option in declared.flat_map(options) {
            assert!(options(&page).contains(option) || OTHER.contains(&option), "kpu {command} {option}");
            known.insert(option.to_owned());
        }
    }
    let unknown: Vec<&str> = options(&page).into_iter().filter(|option| !known.contains(*option)).collect();
    assert!(unknown.is_empty(), "no command has the options {unknown:?}");
}
