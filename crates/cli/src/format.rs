//! Formats figures as text.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The calendar of a run.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    /// The start of the run.
    pub(crate) start: Timestamp,
    /// The zone of the printed times. `None` for a load without dates.
    pub(crate) zone: Option<TimeZone>,
}

impl Calendar {
    /// Formats a time of a run: with its date, such as `Mon 2026-11-02 06:12`, or without dates, such as `day 2, 06:12`. Day 1 is the date of
    /// the start, and the time of day is UTC.
    pub(crate) fn moment(&self, time: Timestamp) -> String {
        if let Some(zone) = &self.zone {
            return time.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M").to_string();
        }
        let midnight = self.start.as_second().rem_euclid(86_400);
        let minutes = (time.duration_since(self.start).as_secs() + midnight) / 60;
        format!("day {}, {:02}:{:02}", minutes / 1_440 + 1, minutes / 60 % 24, minutes % 60)
    }

    /// Returns a sentence about the printed times.
    pub(crate) fn in_words(&self) -> String {
        match &self.zone {
            Some(zone) => format!(
                "Times are {}, from {} on.",
                zone.iana_name().unwrap_or("UTC"),
                self.start.to_zoned(zone.clone()).strftime("%A, %Y-%m-%d %H:%M")
            ),
            None => format!("Times are UTC, and day 1 is {}.", self.start.strftime("%A, %Y-%m-%d")),
        }
    }
}

/// Formats a duration in its two largest units, such as `1 h 5 min`.
pub(crate) fn duration(seconds: f64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a run lasts days, not ages")]
    let mut rest = seconds.max(0.0).round() as u64;
    let mut parts = Vec::new();
    for (length, name) in UNITS {
        if rest >= length && parts.len() < 2 {
            parts.push(format!("{} {name}", rest / length));
            rest %= length;
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

/// Draws `values` as a line of at most `columns` blocks. The height of a block is the largest value in its part of the values.
pub(crate) fn spark(values: &[f64], columns: usize) -> String {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let largest = values.iter().copied().fold(0.0, f64::max);
    let stretch = values.len().div_ceil(columns).max(1);
    values
        .chunks(stretch)
        .map(|chunk| {
            let value = chunk.iter().copied().fold(0.0, f64::max);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 8")]
            let height = if largest > 0.0 { (value / largest * 8.0).ceil() as usize } else { 0 };
            BLOCKS[height.min(8)]
        })
        .collect()
}
