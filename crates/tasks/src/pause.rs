//! The pause: a tag on the scaled resource. A user sets the tag without a deployment, and the tag outlives every deployment.

use jiff::Timestamp;
use scaling::{Direction, PerDirection};
use std::fmt;

/// The tag's key, on applications and streams. The documentation of Kinesis does not allow a colon in the key of a tag everywhere.
pub const PAUSE_TAG: &str = "kpu-autoscaler.pause";

/// The paused directions and the end of the pause. The tag's value is `all`, `out` or `in`, with `until 2026-11-21T18:00:00Z` after it
/// if the pause ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The paused direction. `None` means that both directions are paused.
    pub direction: Option<Direction>,
    /// The end of the pause, if the pause ends by itself.
    pub until: Option<Timestamp>,
}

impl Pause {
    /// Parses the value of the tag.
    ///
    /// # Errors
    /// Returns a sentence with the remedy.
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

    /// Returns the directions that are paused at `now`.
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
