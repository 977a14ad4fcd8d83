//! How a schedule is written, and refused.

use crate::overlap::contradiction;
use crate::schedule::Schedule;
use crate::sizes::Sizes;
use crate::window::{Allows, DAY, Days, Window, index};
use crate::zone::zone;
use jiff::SignedDuration;
use jiff::civil::{Date, Weekday};
use scaling::{Bounds, Unit, Units};

/// The parameters of a schedule, as they were written. What is empty is not wished for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScheduleText<'a> {
    /// What is allowed during the hours of high load: `20`, `20-32`, `>=20` or `<=32` KPUs.
    pub high_kpu: &'a str,
    /// What is allowed while no window is open.
    pub low_kpu: &'a str,
    /// When the hours of high load begin, such as `8:00`.
    pub high_start: &'a str,
    /// When they end. Of the next day, if that is not later than their beginning.
    pub high_end: &'a str,
    /// On which days they begin: `daily`, or days such as `Mon-Fri` or `Sat,Sun`.
    pub high_days: &'a str,
    /// Further windows, with semicolons between them: `Sat 10:00-14:00 >=8; 2026-12-24 0:00-24:00 <=4; Sun 2:00-4:00 blocked`.
    pub windows: &'a str,
    /// The zone of IANA whose clocks show these times; UTC if it is empty.
    pub time_zone: &'a str,
    /// How many minutes before a window opens its smallest size holds already.
    pub lead_minutes: &'a str,
}

/// How a window is written.
const FORM: &str = "write it as days, times and sizes, such as 'Mon-Fri 8:00-18:00 20', with 20, 20-32, >=20, <=8 or blocked as the size, and 0:00-24:00 for a whole day";

impl Schedule {
    /// Parses the parameters of a schedule whose sizes lie within `bounds`.
    ///
    /// # Errors
    /// A sentence that names the parameter at fault and the remedy.
    pub fn parse(text: &ScheduleText<'_>, unit: Unit, bounds: Bounds) -> Result<Self, String> {
        let zone = zone(text.time_zone)?;
        let mut windows: Vec<Window> = high(text)?.into_iter().collect();
        for written in text.windows.split(';').map(str::trim).filter(|written| !written.is_empty()) {
            windows.push(window(written).map_err(|why| format!("Windows has '{written}': {why}"))?);
        }
        let otherwise = match text.low_kpu {
            "" => None,
            low => Some((sizes(low).map_err(|why| format!("LowKpu {why}"))?, format!("LowKpu {low}"))),
        };
        if otherwise.is_some() && !windows.iter().any(|window| window.sizes().is_some()) {
            return Err("LowKpu holds while no window is open, and there is none; set HighKpu, HighStart and HighEnd, or set MinKpu and MaxKpu instead".to_owned());
        }
        for window in &windows {
            if let Some(sizes) = window.sizes() {
                check_within(sizes, &window.name(), unit, bounds)?;
            }
            if let Days::On(date) = window.days
                && window.opened_on(date, &zone).is_none_or(|open| open.is_empty())
            {
                return Err(format!(
                    "the window '{}' never opens: the clocks of {} skip it; give it other times",
                    window.text, text.time_zone
                ));
            }
        }
        if let Some((sizes, _)) = &otherwise {
            check_within(*sizes, "LowKpu", unit, bounds)?;
        }
        if let Some((one, other)) = contradiction(&windows) {
            return Err(format!(
                "{} and {} are open at the same time, and no size is allowed by both; change their times or their sizes, or give one a date, which goes before every week",
                one.name(),
                other.name()
            ));
        }
        Ok(Self { zone, bounds, windows, otherwise, lead: lead(text.lead_minutes)? })
    }
}

/// The window of the hours of high load, if there are some.
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
    let of = |name: &'static str| move |why: String| format!("{name} {why}");
    let window = Window {
        text: format!("{days} {high_start}-{high_end} {high_kpu}"),
        is_high: true,
        days: weekly(days).map_err(of("HighDays"))?,
        start: minute(high_start).map_err(of("HighStart"))?,
        end: minute(high_end).map_err(of("HighEnd"))?,
        allows: Allows::Sizes(sizes(high_kpu).map_err(of("HighKpu"))?),
    };
    check_times(&window).map_err(|why| format!("HighStart and HighEnd: {why}"))?;
    Ok(Some(window))
}

/// Days of every week.
fn weekly(text: &str) -> Result<Days, String> {
    match days(text) {
        Ok(Days::Weekly(days)) => Ok(Days::Weekly(days)),
        _ => Err(format!(
            "takes daily, or days such as Mon-Fri or Sat,Sun, not '{text}'; a date has its place in Windows"
        )),
    }
}

/// A window such as `Mon-Fri 8:00-18:00 20-32`.
fn window(text: &str) -> Result<Window, String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [days, times, allowed] = parts[..] else { return Err(FORM.to_owned()) };
    let (start, end) = times.split_once('-').ok_or(FORM)?;
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
        return Err("it ends when it starts; for a whole day write 0:00-24:00".to_owned());
    }
    if window.start == DAY {
        return Err("it starts at 24:00; write 0:00 of the next day".to_owned());
    }
    Ok(())
}

/// A minute of the day, from `8:05`.
fn minute(text: &str) -> Result<u32, String> {
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        let is_plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_plain)
    };
    let parts =
        text.split_once(':').and_then(|(hour, minute)| Some((number(hour, 1..=2)?, number(minute, 2..=2)?)));
    match parts {
        Some((hour, minute)) if hour < 24 && minute < 60 => Ok(hour * 60 + minute),
        Some((24, 0)) => Ok(DAY),
        _ => Err(format!("takes times from 0:00 to 24:00, such as 8:05, not '{text}'")),
    }
}

/// Sizes: `20`, `20-32`, `>=20` or `<=8`.
fn sizes(text: &str) -> Result<Sizes, String> {
    let refused = || format!("takes a size as 20, 20-32, >=20 or <=8, not '{text}'");
    let kpus = |number: &str| {
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
        number
            .parse()
            .ok()
            .filter(|count| is_plain && *count <= 10_000)
            .and_then(Units::new)
            .ok_or_else(refused)
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

/// Days: `daily`, `Mon-Fri`, `Sat,Sun`, or a date such as `2026-12-24`.
fn days(text: &str) -> Result<Days, String> {
    if text.eq_ignore_ascii_case("daily") {
        return Ok(Days::Weekly([true; 7]));
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        let date: Result<Date, _> = text.parse();
        // Other forms of a date would be understood as well, and are not meant.
        return match date {
            Ok(date) if date.to_string() == text => Ok(Days::On(date)),
            _ => Err(format!(
                "takes a day of the calendar such as 2026-12-24, and there is no '{text}'; write a window for each date, with a semicolon between them"
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

/// A day of the week by its first three letters or its name.
fn day(name: &str, text: &str) -> Result<usize, String> {
    let wanted = name.to_lowercase();
    let is_meant = |day: &Weekday| {
        let full = format!("{day:?}").to_lowercase();
        wanted == full || (wanted.len() == 3 && full.starts_with(&wanted))
    };
    let mut week = Weekday::Monday.cycle_forward().take(7);
    week.find(is_meant).map(index).ok_or_else(|| {
        format!("takes daily, days such as Mon-Fri or Sat,Sun, or a date such as 2026-12-24, not '{text}'")
    })
}

/// How long before a window opens its smallest size holds.
fn lead(minutes: &str) -> Result<SignedDuration, String> {
    match minutes {
        "" => Ok(SignedDuration::ZERO),
        text => match text.parse() {
            Ok(minutes @ 0..=1_440) => Ok(SignedDuration::from_mins(minutes)),
            _ => Err(format!("LeadMinutes takes a whole number from 0 to 1440, not '{text}'")),
        },
    }
}

/// Refuses sizes that the bounds do not allow: a window narrows them.
fn check_within(sizes: Sizes, what: &str, unit: Unit, bounds: Bounds) -> Result<(), String> {
    let (smallest, largest) = unit.parameters();
    for size in [sizes.least, sizes.most].into_iter().flatten() {
        if size < bounds.minimum() {
            return Err(format!(
                "{what} has {} and {smallest} is {}; lower {smallest}, within which every window lies",
                unit.words(size),
                bounds.minimum().count()
            ));
        }
        if size > bounds.maximum() {
            return Err(format!(
                "{what} has {} and {largest} is {}; raise {largest}, within which every window lies",
                unit.words(size),
                bounds.maximum().count()
            ));
        }
    }
    Ok(())
}
