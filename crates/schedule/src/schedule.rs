//! The bounds in force at a time, and the times at which they change.

use crate::sizes::Sizes;
use crate::warnings::gap_warnings;
use crate::window::{Allows, Days, Window};
use crate::zone::zone_warning;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use scaling::{Bounds, Units};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Windows of local time, and the bounds outside of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pub(crate) zone: TimeZone,
    /// Bounds without any window. Every window lies within them.
    pub(crate) bounds: Bounds,
    pub(crate) windows: Vec<Window>,
    /// Sizes of `LowKpu`, which apply while no window with sizes is open, and their text.
    pub(crate) outside_windows: Option<(Sizes, String)>,
    /// Time before a window opens from which its smallest size already applies.
    pub(crate) lead: SignedDuration,
}

/// The schedule's effect at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    /// The allowed sizes.
    pub bounds: Bounds,
    /// Whether a window blocks all scaling, independent of the bounds.
    pub blocked: bool,
}

/// A time at which the schedule's effect changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The time of the change.
    pub at: Timestamp,
    /// The effect from that time on.
    pub in_force: InForce,
}

/// Search distance for the next or previous edge. Most schedules have one within a day, so the short search comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// One day.
    Near,
    /// Far enough for every weekly window: it opens again within a week, or within two if daylight saving time skips it. A
    /// dated window is found at any distance.
    Far,
}

impl Reach {
    fn days(self) -> i64 {
        match self {
            Self::Near => 1,
            Self::Far => 16,
        }
    }

    fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(24 * self.days())
    }
}

impl Schedule {
    /// Returns the effect of the schedule at a time.
    ///
    /// 1. While a dated window with sizes is open, it overrides the sizes and lead times of weekly windows. While no window
    ///    with sizes is open, `LowKpu` applies.
    /// 2. Every remaining window narrows the bounds.
    /// 3. During the lead time before a window opens, its smallest size already applies, and overrides the maximum of other
    ///    windows.
    /// 4. While a blocking window is open, dated or weekly, nothing is scaled.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> InForce {
        if self.is_constant() {
            return InForce { bounds: self.bounds, blocked: false };
        }
        let open: Vec<&Window> = self.open(now).collect();
        let blocked = open.iter().any(|window| window.allows == Allows::Nothing);
        let narrowing = narrowing(open);
        let sizes = narrowing.iter().filter_map(|window| window.sizes());
        let mut bounds = sizes.fold(self.bounds, |bounds, sizes| sizes.narrow(bounds));
        if let (true, Some((outside, _))) = (narrowing.is_empty(), &self.outside_windows) {
            bounds = outside.narrow(bounds);
        }
        let ahead = self.ahead(now).filter_map(|window| window.sizes()?.least).max();
        if let Some(least) = ahead {
            let minimum = least.max(bounds.minimum());
            bounds = Bounds::new(minimum, bounds.maximum().max(minimum)).unwrap_or(bounds);
        }
        InForce { bounds, blocked }
    }

    /// Returns the windows that determine the effect at a time, joined to one text, or `None` if there are none.
    #[must_use]
    pub fn words_at(&self, now: Timestamp) -> Option<String> {
        let windows: Vec<_> = self.windows_at(now).collect();
        (!windows.is_empty()).then(|| windows.join("; "))
    }

    /// Returns the windows that determine the effect at a time, as the user wrote them.
    pub fn windows_at(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let open: Vec<&Window> = self.open(now).collect();
        let blocking: Vec<&Window> =
            open.iter().copied().filter(|window| window.allows == Allows::Nothing).collect();
        let narrowing = narrowing(open);
        let outside =
            self.outside_windows.as_ref().filter(|_| narrowing.is_empty()).map(|(_, text)| text.as_str());
        let windows = narrowing.into_iter().chain(self.ahead(now)).chain(blocking);
        outside.into_iter().chain(windows.map(|window| window.text.as_str()))
    }

    /// Returns the dated windows that have ended, as the user wrote them.
    pub fn expired_windows(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let is_over = move |window: &&Window| match window.days {
            Days::On(date) => window.opened_on(date, &self.zone).is_none_or(|open| open.end <= now),
            Days::Weekly(_) => false,
        };
        self.windows.iter().filter(is_over).map(|window| window.text.as_str())
    }

    /// Returns a warning for each part of the schedule that is valid and hardly meant. A warning ends with the value that is probably meant.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let zone = self.zone.iana_name().filter(|_| !self.is_constant()).and_then(zone_warning);
        zone.into_iter().chain(gap_warnings(&self.windows)).collect()
    }

    /// Returns the next change after a time, or `None` if the schedule does not change again.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Edge> {
        if self.is_constant() {
            return None;
        }
        [Reach::Near, Reach::Far].into_iter().find_map(|reach| {
            // Beyond the search distance the list of times is incomplete.
            let known =
                |moment: &Timestamp| reach == Reach::Far || moment.duration_since(after) <= reach.duration();
            let moments = self.moments(after, 0..=reach.days(), reach).into_iter();
            let mut later = moments.filter(|moment| *moment > after).take_while(known);
            later.find_map(|moment| self.edge(moment))
        })
    }

    /// Returns the time since which the maximum has been below a size without interruption, or `None` if the size did not
    /// fit at any time within the search distance.
    #[must_use]
    pub fn too_large_since(&self, kpus: Units, now: Timestamp) -> Option<Timestamp> {
        let fits = |at| kpus <= self.at(at).bounds.maximum();
        let oldest = now.checked_sub(Reach::Far.duration()).ok()?;
        let before = |edge: &Timestamp| self.since(just_before(*edge)?);
        let mut edges = std::iter::successors(self.since(now), before).take_while(|edge| *edge >= oldest);
        edges.find(|edge| just_before(*edge).is_some_and(fits))
    }

    /// Returns the time of the last change, or `None` if there is none within the search distance.
    #[must_use]
    pub fn since(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_constant() {
            return None;
        }
        [Reach::Near, Reach::Far].into_iter().find_map(|reach| {
            let known =
                |moment: &Timestamp| reach == Reach::Far || now.duration_since(*moment) <= reach.duration();
            let moments = self.moments(now, -reach.days()..=0, reach).into_iter().rev();
            let mut earlier = moments.filter(|moment| *moment <= now).take_while(known);
            earlier.find_map(|moment| self.edge(moment)).map(|edge| edge.at)
        })
    }

    /// Returns whether the schedule has no windows, so that its effect never changes.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.windows.is_empty()
    }

    /// Returns the time zone of the windows.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Returns the largest minimum of all windows, which the resource must be able to reach.
    #[must_use]
    pub fn largest_minimum(&self) -> Units {
        let least = |window: &Window| window.sizes()?.least;
        self.windows
            .iter()
            .filter_map(least)
            .chain(self.outside_windows.as_ref().and_then(|(sizes, _)| sizes.least))
            .fold(self.bounds.minimum(), Units::max)
    }

    /// Returns the change at a time, or `None` if nothing changes.
    fn edge(&self, at: Timestamp) -> Option<Edge> {
        let in_force = self.at(at);
        (self.at(just_before(at)?) != in_force).then_some(Edge { at, in_force })
    }

    /// Returns the open windows.
    fn open(&self, now: Timestamp) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(move |window| window.is_open(now, &self.zone))
    }

    /// Returns the windows that open within the lead time and will then narrow the bounds. While a dated window with sizes is
    /// open, weekly windows have no lead time.
    fn ahead(&self, now: Timestamp) -> impl Iterator<Item = &Window> {
        let dated = self.open(now).any(|window| window.is_dated() && window.sizes().is_some());
        let opens = move |window: &Window| {
            window.opens_within(now, self.lead, &self.zone).filter(|_| window.is_dated() || !dated)
        };
        let counts = move |window: &&Window| {
            let Some(opens) = opens(window) else { return false };
            narrowing(self.open(opens).collect()).iter().any(|one| std::ptr::eq(*one, *window))
        };
        self.windows.iter().filter(|window| !self.lead.is_zero() && has_least(window)).filter(counts)
    }

    /// Returns the times around `around` at which the effect can change.
    fn moments(&self, around: Timestamp, days: RangeInclusive<i64>, reach: Reach) -> BTreeSet<Timestamp> {
        let today = self.zone.to_datetime(around).date();
        let day = |ahead: i64| today.saturating_add(ahead.days());
        let (first, last) = (day(days.start() - 2), day(days.end() + 2));
        let mut moments = BTreeSet::new();
        for window in &self.windows {
            let lead = if has_least(window) { self.lead } else { SignedDuration::ZERO };
            let weekly =
                first.series(1.day()).take_while(|date| *date <= last).filter(|_| !window.is_dated());
            let is_reached = |date: &Date| (first..=last).contains(date) || reach == Reach::Far;
            let dated = match window.days {
                Days::On(date) => Some(date).filter(is_reached),
                Days::Weekly(_) => None,
            };
            for open in weekly.chain(dated).filter_map(|date| window.opened_on(date, &self.zone)) {
                moments.extend([open.start, open.end]);
                moments.extend(open.start.checked_sub(lead).ok());
            }
        }
        moments
    }
}

/// Returns the time one second earlier. All changes are at whole seconds.
fn just_before(at: Timestamp) -> Option<Timestamp> {
    at.checked_sub(SignedDuration::from_secs(1)).ok()
}

/// Keeps the open windows that narrow the bounds: the dated ones if any is open, else the weekly ones.
fn narrowing(mut open: Vec<&Window>) -> Vec<&Window> {
    open.retain(|window| window.sizes().is_some());
    if open.iter().any(|window| window.is_dated()) {
        open.retain(|window| window.is_dated());
    }
    open
}

/// Returns whether a window has a smallest size. Only a smallest size has a lead time.
fn has_least(window: &Window) -> bool {
    window.sizes().is_some_and(|sizes| sizes.least.is_some())
}
