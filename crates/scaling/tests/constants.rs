//! The table of `docs/reference/sizing-constants.md` has each constant of the rule, with the value of the code.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::Path;

/// Returns the value and the unit of each constant. The unit is empty where the type does not have one.
type Constants = BTreeMap<String, (String, String)>;

/// Reads the constants at the top level of the crate's files.
fn constants_of_the_code() -> Constants {
    let mut constants = Constants::new();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in std::fs::read_dir(src).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines() {
            let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
            let Some((name, definition)) = line.strip_prefix("const ").and_then(|rest| rest.split_once(": "))
            else {
                continue;
            };
            let (_, value) = definition.trim_end_matches(';').split_once(" = ").unwrap();
            constants.insert(name.to_owned(), as_on_the_page(value));
        }
    }
    constants
}

/// Writes a value of the code as on the page: `1_440` as 1440, `1.0 / 3.0` as 1 / 3, and a duration with its unit.
fn as_on_the_page(value: &str) -> (String, String) {
    for (call, unit) in [("from_secs(", "s"), ("from_mins(", "min"), ("from_hours(", "h")] {
        if let Some((_, number)) = value.split_once(call) {
            return (number.trim_end_matches(')').to_owned(), unit.to_owned());
        }
    }
    let words = value.split(' ').map(|word| word.strip_suffix(".0").unwrap_or(word));
    (words.collect::<Vec<_>>().join(" ").replace('_', ""), String::new())
}

/// Reads the rows of the page's tables that begin with the name of a constant.
fn constants_of_the_page() -> Constants {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/sizing-constants.md");
    let text = std::fs::read_to_string(page).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[0].trim_end_matches('`').to_owned(), (cells[1].to_owned(), cells[2].to_owned()))
    })
    .collect()
}

#[test]
fn the_page_of_constants_agrees_with_the_code() {
    let (mut page, code) = (constants_of_the_page(), constants_of_the_code());
    assert!(code.len() > 30, "few constants were found: {code:?}");
    for (name, (_, unit)) in &mut page {
        if code.get(name).is_some_and(|(_, unit)| unit.is_empty()) {
            assert!(!unit.is_empty(), "{name}: the unit is missing; write - for a plain number");
            unit.clear();
        }
    }
    assert_eq!(page, code, "left: the page; right: the code");
}
