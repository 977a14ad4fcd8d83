//! Units behind numbers, as dashboards write them.

/// The quantity that a unit measures, in its basic unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dimension {
    /// A number, of records for example.
    Count,
    Bytes,
    /// Records per second.
    Rate,
    /// Bytes per second.
    ByteRate,
    /// Seconds.
    Time,
    /// Percent.
    Share,
}

impl Dimension {
    /// Returns the basic unit, for messages.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Count => "",
            Self::Bytes => " bytes",
            Self::Rate => " records/s",
            Self::ByteRate => " bytes/s",
            Self::Time => " s",
            Self::Share => " %",
        }
    }
}

/// Units that stand alone, each with its number of basic units.
const UNITS: [(&str, Dimension, f64); 22] = [
    ("%", Dimension::Share, 1.0),
    ("ns", Dimension::Time, 1e-9),
    ("us", Dimension::Time, 1e-6),
    ("\u{b5}s", Dimension::Time, 1e-6),
    ("\u{3bc}s", Dimension::Time, 1e-6),
    ("ms", Dimension::Time, 1e-3),
    // The unit of busy time.
    ("ms/s", Dimension::Time, 1e-3),
    ("s", Dimension::Time, 1.0),
    ("sec", Dimension::Time, 1.0),
    ("second", Dimension::Time, 1.0),
    ("min", Dimension::Time, 60.0),
    ("minute", Dimension::Time, 60.0),
    ("h", Dimension::Time, 3_600.0),
    ("hr", Dimension::Time, 3_600.0),
    ("hour", Dimension::Time, 3_600.0),
    ("d", Dimension::Time, 86_400.0),
    ("day", Dimension::Time, 86_400.0),
    ("week", Dimension::Time, 604_800.0),
    ("rps", Dimension::Rate, 1.0),
    ("qps", Dimension::Rate, 1.0),
    ("tps", Dimension::Rate, 1.0),
    ("rpm", Dimension::Rate, 1.0 / 60.0),
];

/// Magnitudes before a word or alone. Grafana writes a number of billions without a word as `Bil`: a `B` alone is a byte.
const MAGNITUDES: [(&str, f64); 8] =
    [("K", 1e3), ("k", 1e3), ("M", 1e6), ("Mil", 1e6), ("G", 1e9), ("Bil", 1e9), ("T", 1e12), ("Tri", 1e12)];

/// Words for records.
const RECORDS: [&str; 10] =
    ["record", "rec", "row", "message", "msg", "event", "evt", "request", "req", "op"];

/// Parses a unit such as `ms`, `K`, `MB/s` or `K req/s`, and returns the number of basic units.
pub(crate) fn parse(text: &str) -> Option<(Dimension, f64)> {
    let alone = |text: &str| UNITS.iter().find(|(unit, ..)| *unit == text);
    if let Some((_, dimension, factor)) = alone(text).or_else(|| alone(text.strip_suffix('s')?)) {
        return Some((*dimension, *factor));
    }
    let Some((amount_text, time)) = text.rsplit_once('/') else { return amount(text, is_records) };
    let seconds = match time.trim() {
        "s" | "sec" | "second" => 1.0,
        "m" | "min" | "minute" => 60.0,
        "h" | "hour" => 3_600.0,
        _ => return None,
    };
    // Dashboards have a word for each kind of record.
    let is_word = |word: &str| word.chars().all(char::is_alphabetic) && alone(word).is_none();
    let (dimension, factor) = amount(amount_text.trim(), is_word)?;
    let rate = if dimension == Dimension::Bytes { Dimension::ByteRate } else { Dimension::Rate };
    Some((rate, factor / seconds))
}

/// Parses a magnitude, a word, or both.
fn amount(text: &str, is_word: impl Fn(&str) -> bool) -> Option<(Dimension, f64)> {
    let magnitude = |text: &str| MAGNITUDES.iter().find(|(name, _)| *name == text).map(|(_, factor)| *factor);
    if let Some(bytes) = bytes(text) {
        return Some((Dimension::Bytes, bytes));
    }
    let factor = match text.split_once(char::is_whitespace) {
        _ if text.is_empty() => Some(1.0),
        Some(("B", word)) if is_word(word.trim()) => Some(1e9),
        Some((name, word)) if is_word(word.trim()) => magnitude(name),
        Some(_) => None,
        None => magnitude(text).or_else(|| is_word(text).then_some(1.0)),
    };
    factor.map(|factor| (Dimension::Count, factor))
}

/// The bytes of a unit such as `B`, `kB` or `MiB`.
fn bytes(text: &str) -> Option<f64> {
    let prefix = match text.to_lowercase().as_str() {
        "byte" | "bytes" => "",
        _ => text.strip_suffix('B')?,
    };
    let (prefix, base) = prefix.strip_suffix('i').map_or((prefix, 1_000_f64), |prefix| (prefix, 1_024_f64));
    let power = ["", "K", "M", "G", "T"].iter().position(|known| prefix.eq_ignore_ascii_case(known))?;
    Some(base.powi(i32::try_from(power).ok()?))
}

fn is_records(word: &str) -> bool {
    RECORDS.iter().any(|known| *known == word.strip_suffix('s').unwrap_or(word))
}
