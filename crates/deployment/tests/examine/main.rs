//! The findings of the doctor for a healthy stack, and for each possible defect.
#![expect(clippy::unwrap_used, clippy::assigning_clones, reason = "a test may panic, and need not be fast")]

mod defects;
mod drill;
mod good;
mod streams;
mod world;

use defects::DEFECTS;
use deployment::{Facts, Finding, Level, Obstacle, Read, Unread, examine};
use good::GOOD;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use world::{healthy, healthy_stream};

/// The checks that find a state, the level, the message and the remedy of the first check, and the state.
pub(crate) type Row = (&'static str, Level, &'static str, fn(&mut Facts));

/// The sentences for facts that do not occur.
const FALLBACKS: [&str; 3] = ["correct it", "delete the tag", "there is no alarm for one direction"];

pub(crate) fn unread<T>() -> Read<T> {
    Err(Unread { obstacle: Obstacle::Denied, why: "failed to read it: AccessDenied".to_owned() })
}

/// The healthy facts of a kind of stack, and its defects.
type Kind = (fn() -> Facts, &'static [&'static [Row]]);

/// The kinds of stacks.
const KINDS: [Kind; 2] = [(healthy, DEFECTS), (healthy_stream, &[streams::DEFECTS])];

#[test]
fn a_healthy_stack_is_good_in_every_way() {
    for (healthy, _) in KINDS {
        for finding in examine(&healthy()) {
            assert_eq!((finding.level, &finding.remedy), (Level::Good, &None), "{finding:?}");
        }
    }
}

/// The message of a finding, and its remedy after an arrow.
fn sentence(finding: &Finding) -> String {
    let remedy = finding.remedy.as_ref().map(|remedy| format!(" → {remedy}"));
    format!("{}{}", finding.message, remedy.unwrap_or_default())
}

/// A message names the subject, its value and the cause, and the remedy follows.
#[test]
fn every_defect_is_found_alone_with_its_message_and_its_remedy() {
    for (healthy, defects) in KINDS {
        for (checks, level, expected, defect) in defects.iter().copied().flatten() {
            let mut facts = healthy();
            defect(&mut facts);
            let findings = examine(&facts);
            let found: Vec<_> = findings.iter().filter(|finding| finding.level != Level::Good).collect();
            let names = found.iter().map(|finding| finding.check).collect::<Vec<_>>().join(" ");
            let (level_of_first, first) = (found[0].level, sentence(found[0]));
            assert_eq!((names.as_str(), level_of_first, first.as_str()), (*checks, *level, *expected));
            assert!(found[0].remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{:?}", found[0]);
        }
    }
}

#[test]
fn every_good_state_has_its_message() {
    for (check, level, expected, state) in GOOD {
        let mut facts = healthy();
        state(&mut facts);
        let findings = examine(&facts);
        assert!(findings.iter().all(|finding| finding.level == Level::Good), "{check}: {findings:?}");
        let finding = findings.iter().find(|finding| finding.check == *check).unwrap();
        assert_eq!((finding.level, sentence(finding).as_str()), (*level, *expected));
    }
}

/// The fixed parts of the sentences in a source: its literals without their placeholders.
fn parts(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap().lines();
    let code: Vec<&str> = code.filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let literals = code.split('"').skip(1).step_by(2);
    let parts = literals.flat_map(|literal| {
        literal.split('{').map(|part| part.split_once('}').map_or(part, |(_, fixed)| fixed).trim().to_owned())
    });
    parts.filter(|part| part.contains(' ') && part.contains(char::is_alphabetic)).collect()
}

#[test]
fn every_sentence_of_the_doctor_has_a_row() {
    let rows = KINDS.iter().flat_map(|(_, defects)| defects.iter().copied().flatten()).chain(GOOD);
    let mut said: Vec<String> = rows.map(|(_, _, sentence, _)| (*sentence).to_owned()).collect();
    said.extend(KINDS.iter().flat_map(|(healthy, _)| examine(&healthy())).map(|finding| sentence(&finding)));
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let of_folder = fs::read_dir(sources.join("examine")).unwrap().map(|file| file.unwrap().path());
    let mut count = 0;
    for path in of_folder.chain([sources.join("examine.rs"), sources.join("finding.rs")]) {
        for part in parts(&fs::read_to_string(&path).unwrap()) {
            let is_said = said.iter().any(|sentence| sentence.contains(&part));
            assert!(is_said || FALLBACKS.contains(&part.as_str()), "{}: '{part}' has no row", path.display());
            count += 1;
        }
    }
    assert!(count > 150, "{count} parts of sentences were read");
}

/// The quoted names in the first column of the tables of a page.
fn first_columns(page: &str) -> BTreeSet<&str> {
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_check_has_a_defect_and_a_row_in_the_reference() {
    let checks = |findings: Vec<Finding>| findings.into_iter().map(|finding| finding.check);
    let checked: BTreeSet<_> = KINDS.iter().flat_map(|(healthy, _)| checks(examine(&healthy()))).collect();
    let defects = KINDS.iter().flat_map(|(_, defects)| defects.iter().copied().flatten());
    let broken = defects.flat_map(|(check, ..)| check.split(' '));
    assert_eq!(broken.collect::<BTreeSet<_>>(), checked);
    let page = include_str!("../../../../docs/reference/doctor-findings.md");
    assert_eq!(first_columns(page), checked, "left: the page; right: the doctor");
}
