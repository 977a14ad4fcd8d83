//! Finds time zones by name.

use jiff::tz::{TimeZone, db};

/// Minimum similarity of a suggested name, from 0 (nothing in common) to 1 (equal).
const MIN_SIMILARITY: f64 = 0.6;

/// Minimum similarity to a name of at most [`SHORT_NAME`] letters, which is mostly an abbreviation: only a city has the same letters.
const MIN_SIMILARITY_OF_SHORT_NAME: f64 = 0.9;
const SHORT_NAME: usize = 4;

/// Returns the zone with this name in the IANA time zone database, such as `Europe/Berlin`, or UTC for an empty name.
///
/// # Errors
/// Returns a message with the parameter, its value and the most similar name.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    if name.is_empty() {
        return Ok(TimeZone::UTC);
    }
    db().get(name).map_err(|_| {
        let remedy = meant(name);
        format!("TimeZone '{name}' is not in the IANA time zone database; {remedy}")
    })
}

/// The cities that an abbreviation can mean. An abbreviation names an offset, and a city has the daylight saving time as well.
const ABBREVIATIONS: &[(&[&str], &[&str])] = &[
    (&["BST"], &["Europe/London"]),
    (&["WEST"], &["Europe/Lisbon"]),
    (&["CEST", "MEZ", "MESZ"], &["Europe/Berlin"]),
    (&["EEST"], &["Europe/Athens", "Europe/Helsinki"]),
    (&["MSK"], &["Europe/Moscow"]),
    (&["TRT"], &["Europe/Istanbul"]),
    (&["IST"], &["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"]),
    (&["IDT"], &["Asia/Jerusalem"]),
    (&["EDT", "ET"], &["America/New_York"]),
    (&["CST"], &["America/Chicago", "Asia/Shanghai", "America/Havana"]),
    (&["CDT", "CT"], &["America/Chicago"]),
    (&["MDT", "MT"], &["America/Denver"]),
    (&["PST", "PDT", "PT"], &["America/Los_Angeles"]),
    (&["AKST", "AKDT"], &["America/Anchorage"]),
    (&["AST"], &["America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"]),
    (&["ADT"], &["America/Halifax"]),
    (&["NST", "NDT"], &["America/St_Johns"]),
    (&["BRT"], &["America/Sao_Paulo"]),
    (&["ART"], &["America/Argentina/Buenos_Aires"]),
    (&["CLT", "CLST"], &["America/Santiago"]),
    (&["COT"], &["America/Bogota"]),
    (&["PET"], &["America/Lima"]),
    (&["VET"], &["America/Caracas"]),
    (&["ECT"], &["America/Guayaquil"]),
    (&["BOT"], &["America/La_Paz"]),
    (&["PYT"], &["America/Asuncion"]),
    (&["UYT"], &["America/Montevideo"]),
    (&["AMT"], &["America/Manaus", "Asia/Yerevan"]),
    (&["SAST"], &["Africa/Johannesburg"]),
    (&["EAT"], &["Africa/Nairobi"]),
    (&["CAT"], &["Africa/Maputo"]),
    (&["WAT"], &["Africa/Lagos"]),
    (&["GST"], &["Asia/Dubai"]),
    (&["GET"], &["Asia/Tbilisi"]),
    (&["AZT"], &["Asia/Baku"]),
    (&["IRST"], &["Asia/Tehran"]),
    (&["UZT"], &["Asia/Tashkent"]),
    (&["PKT"], &["Asia/Karachi"]),
    (&["NPT"], &["Asia/Kathmandu"]),
    (&["BDT"], &["Asia/Dhaka"]),
    (&["MMT"], &["Asia/Yangon"]),
    (&["ICT"], &["Asia/Bangkok", "Asia/Ho_Chi_Minh"]),
    (&["WIB"], &["Asia/Jakarta"]),
    (&["WITA"], &["Asia/Makassar"]),
    (&["WIT"], &["Asia/Jayapura"]),
    (&["MYT"], &["Asia/Kuala_Lumpur"]),
    (&["PHT", "PHST"], &["Asia/Manila"]),
    (&["SGT"], &["Asia/Singapore"]),
    (&["HKT"], &["Asia/Hong_Kong"]),
    (&["JST"], &["Asia/Tokyo"]),
    (&["KST"], &["Asia/Seoul"]),
    (&["AWST"], &["Australia/Perth"]),
    (&["ACST", "ACDT"], &["Australia/Adelaide", "Australia/Darwin"]),
    (&["AEST", "AEDT"], &["Australia/Sydney", "Australia/Brisbane"]),
    (&["NZST", "NZDT"], &["Pacific/Auckland"]),
];

/// Names of the database with a fixed offset, whose users mostly mean a city with daylight saving time.
const FIXED_NAMES: &[(&str, &str)] =
    &[("EST", "America/New_York"), ("MST", "America/Denver"), ("GMT", "Europe/London")];

/// Returns the remedy for a name that is not in the database: the cities of an abbreviation, or the most similar name.
fn meant(name: &str) -> String {
    let wanted = name.trim().to_uppercase();
    if let Some((_, cities)) = ABBREVIATIONS.iter().find(|(names, _)| names.contains(&wanted.as_str())) {
        return format!("it is an abbreviation; use a city of that time, {}", cities.join(" or "));
    }
    let offset = wanted.trim_start_matches("UTC").trim_start_matches("GMT");
    if offset.starts_with(['+', '-']) {
        return "it is an offset, which has no daylight saving time; use a city of that time, such as Europe/Berlin".to_owned();
    }
    near(name).map_or_else(
        || "use an IANA name such as Europe/Berlin".to_owned(),
        |near| format!("did you mean {near}?"),
    )
}

/// Returns a warning about a name of the database that mostly means another zone.
pub(crate) fn zone_warning(name: &str) -> Option<String> {
    if let Some((_, city)) = FIXED_NAMES.iter().find(|(fixed, _)| *fixed == name) {
        return Some(format!(
            "TimeZone is {name}, which has no daylight saving time; use a city of that time, such as {city}"
        ));
    }
    // The database has the signs of POSIX: a positive number is west of Greenwich.
    let offset = name
        .strip_prefix("Etc/GMT")
        .filter(|offset| !offset.trim_start_matches(['+', '-', '0']).is_empty())?;
    let (reversed, side) = match offset.strip_prefix('+') {
        Some(hours) => (format!("UTC-{hours}"), "behind"),
        None => (format!("UTC+{}", offset.trim_start_matches('-')), "ahead of"),
    };
    Some(format!(
        "TimeZone is {name}, which is {reversed}, {side} UTC, and has no daylight saving time; use a city of that time, such as Europe/Berlin"
    ))
}

/// Returns the most similar name, compared as a whole or by the city alone.
fn near(name: &str) -> Option<String> {
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let wanted = plain(name.trim());
    let least = if wanted.len() <= SHORT_NAME { MIN_SIMILARITY_OF_SHORT_NAME } else { MIN_SIMILARITY };
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
    nearest.filter(|(similarity, _)| *similarity >= least).map(|(_, known)| known)
}
