//! The recent changes of a stream's number of shards. Kinesis does not report these changes, so the stream carries them in a tag. The
//! tag is written before a change is requested, so that no change by the autoscaler is ever forgotten.

use jiff::{SignedDuration, Timestamp};
use scaling::{CHANGES_OF_A_DAY, Parallelism};
use std::fmt;
use std::str::{FromStr, SplitWhitespace};

/// The key of the tag. The documentation of the tags of streams does not allow a colon everywhere.
pub const CHANGES_TAG: &str = "kpu-autoscaler.changes";

/// The period over which Kinesis counts changes.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A change of a stream's number of shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The number of shards before the change.
    pub from: Parallelism,
    /// The requested number of shards.
    pub to: Parallelism,
    /// The time at which the change was requested.
    pub asked: Timestamp,
    /// The end of the change, once the autoscaler has observed the end.
    pub ended: Option<Ended>,
}

/// The end of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The change ended with the requested number of shards, as was observed at this time.
    WellAt(Timestamp),
    /// The change ended with another number of shards, as was observed at this time.
    BadlyAt(Timestamp),
}

/// The changes of a stream, as its tag states them: `4 to 8 at 20261121T180005Z until 20261121T180812Z after 20261121T090000Z`. The tag
/// states the newest change in full. For each earlier change it states only the time of the request, with an `x` before the time if the
/// change failed. The value consists of letters, digits and spaces. With ten changes it takes 232 of the 256 characters that the value
/// of a tag may have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The newest change.
    pub newest: Option<Change>,
    /// The changes before the newest change, the newest first.
    pub earlier: Vec<Earlier>,
}

/// A change before the newest change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// The time at which the change was requested.
    pub asked: Timestamp,
    /// Whether the change was observed to have failed.
    pub failed: bool,
}

impl Changes {
    /// Returns these changes followed by another change. Changes that Kinesis no longer counts are omitted.
    #[must_use]
    pub fn then(&self, change: Change) -> Self {
        let newest = self.newest.map(|Change { asked, ended, .. }| Earlier {
            asked,
            failed: matches!(ended, Some(Ended::BadlyAt(_))),
        });
        let before = newest.into_iter().chain(self.earlier.iter().copied());
        let counts = |earlier: &Earlier| change.asked.duration_since(earlier.asked) < DAY;
        let most = CHANGES_OF_A_DAY as usize - 1;
        Self { newest: Some(change), earlier: before.filter(counts).take(most).collect() }
    }

    /// Returns these changes without the change that was requested at this time: an earlier attempt wrote the change into the tag and did
    /// not begin it.
    #[must_use]
    pub fn without(self, asked: Timestamp) -> Self {
        Self { newest: self.newest.filter(|newest| newest.asked != asked), ..self }
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Change { from, to, asked, ended }) = self.newest {
            write!(formatter, "{from} to {to} at {}", time(asked))?;
            match ended {
                Some(Ended::WellAt(at)) => write!(formatter, " until {}", time(at))?,
                Some(Ended::BadlyAt(at)) => write!(formatter, " failed {}", time(at))?,
                None => {}
            }
            write!(formatter, " ")?;
        }
        write!(formatter, "after")?;
        self.earlier.iter().try_for_each(|Earlier { asked, failed }| {
            write!(formatter, " {}{}", if *failed { "x" } else { "" }, time(*asked))
        })
    }
}

impl FromStr for Changes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        read(text).ok_or_else(|| {
            format!(
                "the tag {CHANGES_TAG} is '{text}', which this stack has not written; delete the tag: the record of the last day's changes is lost with it"
            )
        })
    }
}

fn time(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn read(text: &str) -> Option<Changes> {
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let newest = if first == "after" { None } else { Some(change(first, &mut words)?) };
    let earlier = words.map(|word| {
        let (failed, asked) = word.strip_prefix('x').map_or((false, word), |asked| (true, asked));
        Some(Earlier { asked: asked.parse().ok()?, failed })
    });
    let earlier = earlier.collect::<Option<_>>()?;
    Some(Changes { newest, earlier })
}

/// Parses a change that begins with this word, and the `after` that follows the change.
fn change(from: &str, words: &mut SplitWhitespace<'_>) -> Option<Change> {
    let shards = |word: &str| Parallelism::new(word.parse().ok()?);
    let mut after = |keyword| words.next().filter(|word| *word == keyword).and_then(|_| words.next());
    let (to, asked) = (shards(after("to")?)?, after("at")?.parse().ok()?);
    let from = shards(from)?;
    let mut next = words.next()?;
    let how = match next {
        "until" => Some(Ended::WellAt as fn(Timestamp) -> Ended),
        "failed" => Some(Ended::BadlyAt as fn(Timestamp) -> Ended),
        _ => None,
    };
    let mut ended = None;
    if let Some(how) = how {
        ended = Some(how(words.next()?.parse().ok()?));
        next = words.next()?;
    }
    (next == "after").then_some(Change { from, to, asked, ended })
}
