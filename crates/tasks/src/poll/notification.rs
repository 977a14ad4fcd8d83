//! The notification of a result, as a person reads it in a mail: a subject and a text of several lines. Pure.

use crate::{Moved, ResourceKind};
use scaling::{Direction, Units};

/// The largest length of a subject. Source: API reference of SNS, `Publish`: a subject is ASCII text without line breaks, and has less than
/// 100 characters.
const MAX_SUBJECT: usize = 99;

/// The result of a scaling, with everything that a person needs to know about it.
pub(super) struct Outcome<'a> {
    pub(super) kind: &'a ResourceKind,
    pub(super) resource: &'a str,
    pub(super) direction: Direction,
    pub(super) from: Units,
    pub(super) to: Units,
    pub(super) end: End,
    pub(super) seconds: i64,
    /// The reason for the request.
    pub(super) because: &'a str,
    /// The state of the update.
    pub(super) result: &'a str,
    pub(super) remedy: Option<&'a str>,
    pub(super) execution: &'a str,
}

/// The end of a scaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Settled,
    Superseded,
    Failed,
}

impl Outcome<'_> {
    /// Returns the subject. A long name of a resource is shortened.
    pub(super) fn subject(&self) -> String {
        let ascii = |character: char| if character.is_ascii_graphic() { character } else { '?' };
        let name: String = self.resource.chars().map(ascii).collect();
        let rest = match self.end {
            End::Settled => format!(": scaled {}", self.step()),
            End::Superseded => format!(": scaling {} was superseded", self.step()),
            End::Failed => format!(": scaling {} failed", self.step()),
        };
        let longest = MAX_SUBJECT.saturating_sub(rest.len());
        match name.get(..longest.saturating_sub(3)) {
            Some(start) if name.len() > longest => format!("{start}...{rest}"),
            _ => format!("{name}{rest}"),
        }
    }

    /// Returns the text: the result in a sentence, and then a line each for the cause, the update, the remedy and the execution.
    pub(super) fn text(&self) -> String {
        let Self { resource, seconds, because, result, execution, .. } = self;
        let step = self.step();
        let kind = self.kind.noun;
        let first = match self.end {
            End::Settled => format!("The {kind} '{resource}' was scaled {step}."),
            End::Superseded => {
                format!("The {kind} '{resource}' was scaled {step}, and then changed by another writer.")
            }
            End::Failed => format!("The {kind} '{resource}' could not be scaled {step}."),
        };
        let remedy = self.remedy.map_or_else(String::new, |remedy| format!("Remedy: {remedy}\n"));
        let link = console_link(execution).unwrap_or_else(|| (*execution).to_owned());
        format!(
            "{first}\n\nCause: {because}\nResult after {seconds} s: {result}\n{remedy}Execution: {link}\n"
        )
    }

    /// Returns the whole result as one sentence.
    pub(super) fn message(&self) -> String {
        let Self { resource, seconds, because, result, execution, .. } = self;
        let remedy = self.remedy.map_or_else(String::new, |remedy| format!("; {remedy}"));
        format!(
            "{resource}: scaling {}, because {because}: after {seconds} s {result}{remedy}. Execution: {execution}",
            self.step()
        )
    }

    fn step(&self) -> String {
        let words = |units| self.kind.unit.words(units);
        format!("{} from {} to {}", self.direction, words(self.from), words(self.to))
    }

    pub(super) fn moved(&self) -> Moved {
        Moved::new(self.kind.unit, self.resource.to_owned(), self.from, self.to)
    }
}

/// Returns the address of an execution in the console of its partition, or `None` for a partition whose console is not known.
/// Sources: the user guide of AWS `GovCloud` and the guide of the China Regions, "Service endpoints".
fn console_link(execution: &str) -> Option<String> {
    let parts: Vec<&str> = execution.split(':').collect();
    let [_, partition, _, region, ..] = parts[..] else { return None };
    let host = match partition {
        "aws" => "console.aws.amazon.com",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        "aws-cn" => "console.amazonaws.cn",
        _ => return None,
    };
    Some(format!("https://{region}.{host}/states/home?region={region}#/v2/executions/details/{execution}"))
}
