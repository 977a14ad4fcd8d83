//! Time zones by name.

use jiff::tz::{TimeZone, db};

/// How much a name must be like one that exists to be meant for it: from 0 for nothing in common to 1 for the same.
const NEAR: f64 = 0.6;

/// The zone of this name in the time zone database of IANA, such as `Europe/Berlin`, or UTC if the name is empty.
///
/// # Errors
/// A sentence that names the parameter and a zone that may be meant.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    if name.is_empty() {
        return Ok(TimeZone::UTC);
    }
    db().get(name).map_err(|_| {
        let near = near(name)
            .map_or_else(|| "such as Europe/Berlin".to_owned(), |near| format!("did you mean {near}?"));
        format!(
            "TimeZone is '{name}', which the time zone database does not know; give it a name of IANA, {near}"
        )
    })
}

/// The name that is most like this one: as a whole, or its city alone.
fn near(name: &str) -> Option<String> {
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let wanted = plain(name);
    let likeness = |known: &str| {
        let known = plain(known);
        let city = known.rsplit('/').next().unwrap_or_default();
        let wanted_city = wanted.rsplit('/').next().unwrap_or_default();
        let whole = strsim::normalized_damerau_levenshtein(&known, &wanted);
        // A whole that is alike goes before a city that is.
        whole.max(0.9 * strsim::normalized_damerau_levenshtein(city, wanted_city))
    };
    let names = db().available().map(|known| (likeness(known.as_str()), known.as_str().to_owned()));
    let nearest = names.max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest.filter(|(likeness, _)| *likeness >= NEAR).map(|(_, known)| known)
}
