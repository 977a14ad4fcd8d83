//! The pause: a tag on what is scaled, which people set without deploying anything and which outlives every deployment.

use jiff::Timestamp;
use scaling::{Direction, PerDirection};
use std::fmt;

/// The key of the tag, on applications and streams. The documentation of Kinesis does not allow a colon in the key of a tag everywhere.
pub const PAUSE_TAG: &str = "kpu-autoscaler.pause";

/// What is paused, and until when: the value of the tag, as `all`, `out` or `in`, and `until 2026-11-21T18:00:00Z` if it ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The direction that is paused; both, if there is none.
    pub direction: Option<Direction>,
    /// When it ends, if it ends by itself.
    pub until: Option<Timestamp>,
}

impl Pause {
    /// Understands the value of the tag.
    ///
    /// # Errors
    /// A sentence with the remedy.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refused = || {
            format!(
                "the tag for pauses is '{text}', so that nothing is scaled; set it to all, out or in, with 'until 2026-11-21T18:00:00Z' after it if it is to end, or take it away"
            )
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let (what, until) = match words[..] {
            [what] => (what, None),
            [what, "until", until] => (what, Some(until.parse().map_err(|_| refused())?)),
            _ => return Err(refused()),
        };
        let direction = match what {
            "all" => None,
            "out" => Some(Direction::Out),
            "in" => Some(Direction::In),
            _ => return Err(refused()),
        };
        Ok(Self { direction, until })
    }

    /// The directions that are paused at a moment.
    #[must_use]
    pub fn at(self, now: Timestamp) -> PerDirection<bool> {
        let lasts = self.until.is_none_or(|until| now < until);
        let is_paused = |direction| lasts && self.direction.is_none_or(|paused| paused == direction);
        PerDirection { out: is_paused(Direction::Out), r#in: is_paused(Direction::In) }
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.direction {
            None => formatter.write_str("all")?,
            Some(direction) => write!(formatter, "{direction}")?,
        }
        self.until.map_or(Ok(()), |until| write!(formatter, " until {until}"))
    }
}
