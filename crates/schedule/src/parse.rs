//! Parses and validates the parameters of a schedule.

use crate::overlap::contradiction;
use crate::schedule::Schedule;
use crate::sizes::Sizes;
use crate::window::{Allows, Days, MINUTES_PER_DAY, Window, index};
use crate::zone::zone;
use jiff::SignedDuration;
use jiff::civil::{Date, Weekday};
use scaling::{Bounds, Unit, Units};

/// The schedule's parameters as the user wrote them. An empty value means that the parameter is not set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScheduleText<'a> {
    /// Allowed sizes in KPUs during the hours of high load: `20`, `20-32`, `>=20` or `<=32`.
    pub high_kpu: &'a str,
    /// Allowed sizes in KPUs while no window with sizes is open.
    pub low_kpu: &'a str,
    /// Start of the hours of high load, such as `8:00`.
    pub high_start: &'a str,
    /// End of the hours of high load. A time that is not later than the start is a time of the next day.
    pub high_end: &'a str,
    /// Days on which the hours of high load start: `daily`, or days such as `Mon-Fri` or `Sat,Sun`.
    pub high_days: &'a str,
    /// Further windows, separated by semicolons: `Sat 10:00-14:00 >=8; 2026-12-24 0:00-24:00 <=4; Sun 2:00-4:00 blocked`.
    pub windows: &'a str,
    /// IANA time zone of all times; UTC if empty.
    pub time_zone: &'a str,
    /// Minutes before a window opens from which its smallest size already applies.
    pub lead_minutes: &'a str,
}

/// Remedy for a window that can't be parsed: the syntax of a window.
const WINDOW_SYNTAX: &str = "write it as days, times and sizes, such as 'Mon-Fri 8:00-18:00 20', with 20, 20-32, >=20, <=8 or blocked as the size, and 0:00-24:00 for a whole day";

impl Schedule {
    /// Parses the parameters of a schedule whose sizes lie within `bounds`.
    ///
    /// # Errors
    /// Returns a message with the invalid parameter, its value and the remedy.
    pub fn parse(text: &ScheduleText<'_>, unit: Unit, bounds: Bounds) -> Result<Self, String> {
        let zone = zone(text.time_zone)?;
        let mut windows: Vec<Window> = high(text)?.into_iter().collect();
        for written in text.windows.split(';').map(str::trim).filter(|written| !written.is_empty()) {
            windows.push(window(written).map_err(|why| format!("Windows has '{written}': {why}"))?);
        }
        let outside_windows = match text.low_kpu {
            "" => None,
            low => Some((sizes(low).map_err(|why| format!("LowKpu {why}"))?, format!("LowKpu {low}"))),
        };
        if outside_windows.is_some() && !windows.iter().any(|window| window.sizes().is_some()) {
            return Err("LowKpu applies while no window is open, and no window has sizes; set HighKpu, HighStart and HighEnd, or set MinKpu and MaxKpu instead".to_owned());
        }
        for window in &windows {
            if let Some(sizes) = window.sizes() {
                check_within(sizes, &window.name(), unit, bounds)?;
            }
            if let Days::On(date) = window.days
                && window.opened_on(date, &zone).is_none_or(|open| open.is_empty())
            {
                return Err(format!(
                    "the window '{}' never opens, because daylight saving time in {} skips its times; use other times",
                    window.text, text.time_zone
                ));
            }
        }
        if let Some((sizes, _)) = &outside_windows {
            check_within(*sizes, "LowKpu", unit, bounds)?;
        }
        if let Some((one, other)) = contradiction(&windows) {
            return Err(format!(
                "{} and {} are open at the same time, and no size is allowed by both; change their times or sizes, or give one a date, because a dated window overrides weekly windows",
                one.name(),
                other.name()
            ));
        }
        Ok(Self { zone, bounds, windows, outside_windows, lead: lead(text.lead_minutes)? })
    }
}

/// Parses the window of `HighKpu`, `HighStart`, `HighEnd` and `HighDays`, or returns `None` if they are not set.
fn high(text: &ScheduleText<'_>) -> Result<Option<Window>, String> {
    let ScheduleText { high_kpu, high_start, high_end, high_days, .. } = *text;
    let given = [("HighKpu", high_kpu), ("HighStart", high_start), ("HighEnd", high_end)];
    let missing = given.iter().find(|(_, value)| value.is_empty());
    match missing {
        Some(_) if given.iter().all(|(_, value)| value.is_empty()) => return Ok(None),
        Some((name, _)) => {
            return Err(format!(
                "{name} is empty; set all of HighKpu, HighStart and HighEnd, or none of them"
            ));
        }
        None => {}
    }
    let days = if high_days.is_empty() { "daily" } else { high_days };
    let named = |name: &'static str| move |why: String| format!("{name} {why}");
    let window = Window {
        text: format!("{days} {high_start}-{high_end} {high_kpu}"),
        is_high: true,
        days: weekly(days).map_err(named("HighDays"))?,
        start: minute(high_start).map_err(named("HighStart"))?,
        end: minute(high_end).map_err(named("HighEnd"))?,
        allows: Allows::Sizes(sizes(high_kpu).map_err(named("HighKpu"))?),
    };
    check_times(&window).map_err(|why| format!("HighStart and HighEnd ('{}'): {why}", window.text))?;
    Ok(Some(window))
}

/// Parses the days of a weekly window.
fn weekly(text: &str) -> Result<Days, String> {
    match days(text) {
        Ok(Days::Weekly(days)) => Ok(Days::Weekly(days)),
        _ => Err(format!(
            "'{text}' is neither daily nor days of the week; write it as Mon-Fri or Sat,Sun, or use Windows for a date"
        )),
    }
}

/// Parses a window such as `Mon-Fri 8:00-18:00 20-32`.
fn window(text: &str) -> Result<Window, String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [days, times, allowed] = parts[..] else { return Err(WINDOW_SYNTAX.to_owned()) };
    let (start, end) = times.split_once('-').ok_or(WINDOW_SYNTAX)?;
    let allows = if allowed.eq_ignore_ascii_case("blocked") {
        Allows::Nothing
    } else {
        Allows::Sizes(sizes(allowed)?)
    };
    let window = Window {
        text: parts.join(" "),
        is_high: false,
        days: self::days(days)?,
        start: minute(start)?,
        end: minute(end)?,
        allows,
    };
    check_times(&window)?;
    Ok(window)
}

fn check_times(window: &Window) -> Result<(), String> {
    if window.start == window.end {
        return Err("its start and its end are equal; for a whole day write 0:00-24:00".to_owned());
    }
    if window.start == MINUTES_PER_DAY {
        return Err("it starts at 24:00; write 0:00 of the next day".to_owned());
    }
    Ok(())
}

/// Parses a time such as `8:05` to a minute of the day.
fn minute(text: &str) -> Result<u32, String> {
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        let is_plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_plain)
    };
    let parts =
        text.split_once(':').and_then(|(hour, minute)| Some((number(hour, 1..=2)?, number(minute, 2..=2)?)));
    match parts {
        Some((hour, minute)) if hour < 24 && minute < 60 => Ok(hour * 60 + minute),
        Some((24, 0)) => Ok(MINUTES_PER_DAY),
        _ => Err(format!("'{text}' is not a time of day; write it as 8:05, from 0:00 to 24:00")),
    }
}

/// Parses sizes: `20`, `20-32`, `>=20` or `<=8`.
fn sizes(text: &str) -> Result<Sizes, String> {
    let invalid = || format!("'{text}' is not a size; write it as 20, 20-32, >=20 or <=8");
    let kpus = |number: &str| {
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
        number
            .parse()
            .ok()
            .filter(|count| is_plain && *count <= 10_000)
            .and_then(Units::new)
            .ok_or_else(invalid)
    };
    let (least, most) = if let Some(least) = text.strip_prefix(">=") {
        (Some(kpus(least)?), None)
    } else if let Some(most) = text.strip_prefix("<=") {
        (None, Some(kpus(most)?))
    } else if let Some((least, most)) = text.split_once('-') {
        (Some(kpus(least)?), Some(kpus(most)?))
    } else {
        let exactly = kpus(text)?;
        (Some(exactly), Some(exactly))
    };
    match (least, most) {
        (Some(least), Some(most)) if least > most => Err(format!(
            "has {} as the smallest and {} as the largest size; exchange them",
            least.count(),
            most.count()
        )),
        _ => Ok(Sizes { least, most }),
    }
}

/// Parses days: `daily`, `Mon-Fri`, `Sat,Sun`, or a date such as `2026-12-24`.
fn days(text: &str) -> Result<Days, String> {
    if text.eq_ignore_ascii_case("daily") {
        return Ok(Days::Weekly([true; 7]));
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        let date: Result<Date, _> = text.parse();
        // jiff accepts further date formats, which are more likely mistakes here.
        return match date {
            Ok(date) if date.to_string() == text => Ok(Days::On(date)),
            _ => Err(format!(
                "'{text}' is not a date; write it as 2026-12-24, and several dates as one window each, separated by semicolons"
            )),
        };
    }
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first, text)?, day(last, text)?);
        let mut today = first;
        days[today] = true;
        while today != last {
            today = (today + 1) % 7;
            days[today] = true;
        }
    }
    Ok(Days::Weekly(days))
}

/// Parses a day of the week from its name or the first three letters. `text` is the whole value, for the message.
fn day(name: &str, text: &str) -> Result<usize, String> {
    let wanted = name.to_lowercase();
    let is_meant = |day: &Weekday| {
        let full = format!("{day:?}").to_lowercase();
        wanted == full || (wanted.len() == 3 && full.starts_with(&wanted))
    };
    let mut week = Weekday::Monday.cycle_forward().take(7);
    week.find(is_meant).map(index).ok_or_else(|| {
        format!("'{text}' is neither daily nor days of the week nor a date; write it as Mon-Fri, Sat,Sun or 2026-12-24")
    })
}

/// Parses `LeadMinutes`.
fn lead(minutes: &str) -> Result<SignedDuration, String> {
    match minutes {
        "" => Ok(SignedDuration::ZERO),
        text => match text.parse() {
            Ok(minutes @ 0..=1_440) => Ok(SignedDuration::from_mins(minutes)),
            _ => Err(format!("LeadMinutes is '{text}'; set it to a whole number from 0 to 1440")),
        },
    }
}

/// Rejects sizes outside of the bounds, because a window can only narrow the bounds.
fn check_within(sizes: Sizes, name: &str, unit: Unit, bounds: Bounds) -> Result<(), String> {
    let (smallest, largest) = unit.parameters();
    for size in [sizes.least, sizes.most].into_iter().flatten() {
        if size < bounds.minimum() {
            return Err(format!(
                "{name} has {} and {smallest} is {}; lower {smallest}, because a window can only narrow the bounds",
                unit.words(size),
                bounds.minimum().count()
            ));
        }
        if size > bounds.maximum() {
            return Err(format!(
                "{name} has {} and {largest} is {}; raise {largest}, because a window can only narrow the bounds",
                unit.words(size),
                bounds.maximum().count()
            ));
        }
    }
    Ok(())
}
