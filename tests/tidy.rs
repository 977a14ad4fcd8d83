//! The form of the house: no long file, no circle between the files of a crate, no stale number on a page.

mod arrows;

use arrows::{circles, sources};
use simulator::Fault;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const MOST_LINES: usize = 300;

fn crates() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut crates: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    crates.sort();
    assert!(crates.len() > 5, "the crates are gone");
    crates
}

fn name(folder: &Path) -> &str {
    folder.file_name().unwrap().to_str().unwrap()
}

#[test]
fn no_source_file_is_too_long() {
    let mut long: Vec<String> = Vec::new();
    for folder in crates() {
        for (file, text) in sources(&folder.join("src")) {
            if text.lines().count() > MOST_LINES {
                long.push(format!("{}/src/{file}", name(&folder)));
            }
        }
    }
    assert!(long.is_empty(), "these files have more than {MOST_LINES} lines: {long:?}");
}

#[test]
fn no_circle_connects_the_files_of_a_crate() {
    let mut found = Vec::new();
    for folder in crates() {
        for circle in circles(&sources(&folder.join("src"))) {
            found.push((name(&folder).to_owned(), circle));
        }
    }
    assert!(found.is_empty(), "circles of imports: {found:?}");
}

/// The kinds of resources differ in the values of a table. The composition of the ports and the format of the event name a kind as well.
#[test]
fn the_tasks_name_a_kind_of_resource_in_three_files() {
    let tasks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/tasks/src");
    let kinds = ["Unit::Kpu", "Unit::Shard", "ResourceKind::APPLICATION", "ResourceKind::STREAM"];
    let names_a_kind = |text: &str| kinds.iter().any(|kind| text.contains(kind));
    let named = sources(&tasks).into_iter().filter(|(_, text)| names_a_kind(text)).map(|(file, _)| file);
    assert_eq!(named.collect::<Vec<_>>(), ["payload/event.rs", "resource_kind.rs", "run.rs"]);
}

/// Cargo compiles no tests of a target with `test = false`, and reports nothing.
#[test]
fn a_target_without_a_test_program_has_no_tests_in_its_sources() {
    let mut checked = 0;
    for folder in crates() {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        if manifest.lines().any(|line| line == "test = false") {
            checked += 1;
            for (file, text) in sources(&folder.join("src")) {
                assert!(!text.contains("#[test]"), "{}/src/{file}: move its tests to tests/", name(&folder));
            }
        }
    }
    assert!(checked > 5, "the manifests have changed");
}

/// A made-up crate with one circle of two files, one circle through a re-export and a folder, and arrows that are none.
#[test]
fn the_search_for_circles_finds_these_and_no_others() {
    let tree = [
        ("lib.rs", "mod a; mod b; mod c; mod d; mod e; pub use e::Exported;"),
        ("a.rs", "use crate::{b::{self, Thing}, c::Other};"),
        (
            "b.rs",
            "// use crate::c::Other;\nfn name() -> &'static str { \"crate::d::X\" }\nuse crate::a::NUMBER;",
        ),
        ("c.rs", "#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::a::NUMBER;\n}"),
        ("d.rs", "mod part;\npub struct Whole;\nfn f() { crate::c::g(); }"),
        ("d/part.rs", "use super::Whole;\nfn f() -> crate::Exported { todo!() }"),
        ("e.rs", "pub struct Exported(super::d::Whole);"),
    ];
    let tree: BTreeMap<String, String> =
        tree.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    assert_eq!(circles(&tree), [vec!["a.rs", "b.rs"], vec!["d.rs", "d/part.rs", "e.rs"]]);
}

/// Each row is a page, the words that follow a number in digits, and that number in the code. `tests/command/simulate.rs` compares the table of
/// the README with the output of the command.
#[test]
fn the_numbers_of_the_pages_are_the_numbers_of_the_code() {
    let rows = [("CHANGELOG.md", " faults, watched for every invariant", Fault::ALL.len())];
    for (page, marker, number) in rows {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
        let text = std::fs::read_to_string(path).unwrap();
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (before, _) = words.split_once(marker).unwrap_or_else(|| {
            panic!("{page}: '{marker}' was not found; keep the sentence or change the row")
        });
        let stated = before.rsplit(' ').next().unwrap();
        assert_eq!(stated, number.to_string(), "{page}: the number before '{marker}'");
    }
}
