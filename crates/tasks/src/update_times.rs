//! How long the updates of an application take.

use jiff::SignedDuration;

/// How long its last few updates took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateTimes {
    /// The median, or the shorter of two in the middle, as the rule weighs it: one that took long by itself must not keep the size.
    pub usual: SignedDuration,
    /// The longest, by which an update is waited for: one look too early costs three transitions, a few seconds too late cost nothing.
    pub longest: SignedDuration,
}

impl UpdateTimes {
    /// What some updates tell; `None` without any.
    #[must_use]
    pub fn of(durations: impl Iterator<Item = SignedDuration>) -> Option<Self> {
        let mut durations: Vec<_> = durations.collect();
        durations.sort();
        let last = durations.len().checked_sub(1)?;
        Some(Self { usual: durations[last / 2], longest: durations[last] })
    }
}
