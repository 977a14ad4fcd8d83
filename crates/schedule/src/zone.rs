//! Finds time zones by name.

use jiff::tz::{TimeZone, db};

/// Minimum similarity of a suggested name, from 0 (nothing in common) to 1 (equal).
const MIN_SIMILARITY: f64 = 0.6;

/// Returns the zone with this name in the IANA time zone database, such as `Europe/Berlin`, or UTC for an empty name.
///
/// # Errors
/// Returns a message with the parameter, its value and the most similar name.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    if name.is_empty() {
        return Ok(TimeZone::UTC);
    }
    db().get(name).map_err(|_| {
        let near = near(name).map_or_else(
            || "use an IANA name such as Europe/Berlin".to_owned(),
            |near| format!("did you mean {near}?"),
        );
        format!("TimeZone '{name}' is not in the IANA time zone database; {near}")
    })
}

/// Returns the most similar name, compared as a whole or by the city alone.
fn near(name: &str) -> Option<String> {
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let wanted = plain(name);
    let similarity = |known: &str| {
        let known = plain(known);
        let city = known.rsplit('/').next().unwrap_or_default();
        let wanted_city = wanted.rsplit('/').next().unwrap_or_default();
        let whole = strsim::normalized_damerau_levenshtein(&known, &wanted);
        // A similar full name is preferred to a similar city.
        whole.max(0.9 * strsim::normalized_damerau_levenshtein(city, wanted_city))
    };
    let names = db().available().map(|known| (similarity(known.as_str()), known.as_str().to_owned()));
    let nearest = names.max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest.filter(|(similarity, _)| *similarity >= MIN_SIMILARITY).map(|(_, known)| known)
}
