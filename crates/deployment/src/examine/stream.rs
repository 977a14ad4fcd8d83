//! Checks that Kinesis lets the shards of a stream be changed, and that an application reads the stream.

use super::found;
use crate::{Finding, Read, Reader, StreamFacts, StreamSettings};
use jiff::{SignedDuration, Timestamp};
use scaling::CHANGES_OF_A_DAY;
use tasks::{Changes, ResourceKind};

/// The period over which Kinesis counts changes.
const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn examine(name: &str, stream: &StreamFacts, now: Timestamp) -> Vec<Finding> {
    let mut findings = found(&ResourceKind::STREAM, name, &stream.settings, |settings| {
        vec![state(name, settings), capacity_mode(settings), changes(&stream.changes, now)]
    });
    findings.extend(stream.reader.as_ref().map(reading_application));
    findings
}

fn state(name: &str, stream: &StreamSettings) -> Finding {
    const CHECK: &str = "stream";
    match stream.status.as_str() {
        "ACTIVE" => {
            Finding::good(CHECK, format!("{name} is ACTIVE; its number of shards is {}", stream.shards))
        }
        "DELETING" => Finding::problem(
            CHECK,
            format!("{name} is being deleted"),
            "delete the stack of the autoscaler as well",
        ),
        status => Finding::warning(
            CHECK,
            format!("{name} is being changed ({status})"),
            "wait until its status is ACTIVE, then run kpu doctor again; nothing is scaled until then",
        ),
    }
}

fn capacity_mode(stream: &StreamSettings) -> Finding {
    const CHECK: &str = "capacity-mode";
    if stream.on_demand {
        return Finding::problem(
            CHECK,
            "the capacity mode is on-demand, so that Kinesis scales the stream itself and every run fails",
            "switch the stream to provisioned, or delete the stack of the autoscaler",
        );
    }
    Finding::good(CHECK, "the capacity mode is provisioned")
}

/// Compares the changes of the last day with the limit of Kinesis, as the tag states them.
fn changes(tag: &Read<Option<String>>, now: Timestamp) -> Finding {
    const CHECK: &str = "changes-of-a-day";
    let changes: Changes = match tag {
        Err(unread) => return Finding::unread(CHECK, unread),
        Ok(None) => Changes::default(),
        Ok(Some(text)) => match text.parse() {
            Ok(changes) => changes,
            Err(why) => {
                let (why, remedy) = why.split_once("; ").unwrap_or((&why, "delete the tag"));
                return Finding::problem(CHECK, format!("every run fails: {why}"), remedy);
            }
        },
    };
    let newest = changes.newest.map(|newest| newest.asked).into_iter();
    let times = newest.chain(changes.earlier.iter().map(|earlier| earlier.asked));
    let times: Vec<Timestamp> = times.filter(|asked| now.duration_since(*asked) < DAY).collect();
    let used = format!(
        "the autoscaler made {} of the {CHANGES_OF_A_DAY} changes that Kinesis allows in 24 hours",
        times.len()
    );
    match times.iter().min() {
        Some(first) if times.len() >= CHANGES_OF_A_DAY as usize => {
            let next = first.saturating_add(DAY).unwrap_or(Timestamp::MAX);
            Finding::warning(
                CHECK,
                format!("{used}, so that nothing is scaled until {next}"),
                "wait; to scale less often, raise ScaleOutFactor, ScaleInFactor or MinShards",
            )
        }
        _ => Finding::good(CHECK, used),
    }
}

/// The application is a warning at most: the stream is scaled out without it, and scaled in only while its records are read.
fn reading_application(reader: &Reader) -> Finding {
    const CHECK: &str = "reading-application";
    let name = &reader.name;
    match &reader.settings {
        Ok(Some(application)) if application.status == "RUNNING" => {
            Finding::good(CHECK, format!("the application {name}, which reads the stream, runs"))
        }
        Ok(Some(application)) => Finding::warning(
            CHECK,
            format!("the application {name}, which reads the stream, does not run ({})", application.status),
            "start the application; without a reader the stream is not scaled in",
        ),
        Ok(None) => Finding::warning(
            CHECK,
            format!(
                "ApplicationName is {name}, and there is no application of this name in this account and Region"
            ),
            "set ApplicationName to the application that reads the stream, or empty it",
        ),
        Err(unread) => Finding::unread(CHECK, unread),
    }
}
