//! What is in force at a moment, and when that changes.

use crate::sizes::Sizes;
use crate::window::{Allows, Days, Window};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use scaling::{Bounds, Units};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Windows of local time, and what holds outside of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pub(crate) zone: TimeZone,
    /// What holds if nothing narrows it. Every window lies within.
    pub(crate) bounds: Bounds,
    pub(crate) windows: Vec<Window>,
    /// What holds while none of the windows that allow sizes is open, and how that is written.
    pub(crate) otherwise: Option<(Sizes, String)>,
    /// How long before a window opens its smallest size holds already.
    pub(crate) lead: SignedDuration,
}

/// What is in force at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    /// The sizes that are allowed.
    pub bounds: Bounds,
    /// Whether nothing is to be scaled, whatever the bounds.
    pub blocked: bool,
}

/// A moment at which something else comes into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// When.
    pub at: Timestamp,
    /// What is in force from then on.
    pub in_force: InForce,
}

/// How far it is looked for the next edge, and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Within a day, which mostly has one.
    Near,
    /// As far as any can be. A weekly window comes again within a week, or within two if the clocks skip it; one of a single day may lie at
    /// any distance.
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
    /// What is in force at a moment.
    ///
    /// 1. While a window of one day only is open that allows sizes, the sizes of those of every week do not count, nor do their leads. What no
    ///    window is open for is `LowKpu`.
    /// 2. Every window that counts narrows the bounds.
    /// 3. For the lead time before a window opens its smallest size holds already, whatever other windows have as the largest.
    /// 4. While a window that blocks is open, of a day or of every week, nothing is scaled.
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
        if let (true, Some((otherwise, _))) = (narrowing.is_empty(), &self.otherwise) {
            bounds = otherwise.narrow(bounds);
        }
        let ahead = self.ahead(now).filter_map(|window| window.sizes()?.least).max();
        if let Some(least) = ahead {
            let minimum = least.max(bounds.minimum());
            bounds = Bounds::new(minimum, bounds.maximum().max(minimum)).unwrap_or(bounds);
        }
        InForce { bounds, blocked }
    }

    /// The windows that make what is in force at a moment in one text, if there are some.
    #[must_use]
    pub fn words_at(&self, now: Timestamp) -> Option<String> {
        let windows: Vec<_> = self.windows_at(now).collect();
        (!windows.is_empty()).then(|| windows.join("; "))
    }

    /// The windows that make what is in force at a moment, as they were written.
    pub fn windows_at(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let open: Vec<&Window> = self.open(now).collect();
        let blocking: Vec<&Window> =
            open.iter().copied().filter(|window| window.allows == Allows::Nothing).collect();
        let narrowing = narrowing(open);
        let otherwise =
            self.otherwise.as_ref().filter(|_| narrowing.is_empty()).map(|(_, text)| text.as_str());
        let windows = narrowing.into_iter().chain(self.ahead(now)).chain(blocking);
        otherwise.into_iter().chain(windows.map(|window| window.text.as_str()))
    }

    /// The windows of one day that has passed, as they were written.
    pub fn windows_of_the_past(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let is_over = move |window: &&Window| match window.days {
            Days::On(date) => window.opened_on(date, &self.zone).is_none_or(|open| open.end <= now),
            Days::Weekly(_) => false,
        };
        self.windows.iter().filter(is_over).map(|window| window.text.as_str())
    }

    /// The next moment after this one at which something else comes into force, if one comes.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Edge> {
        if self.is_constant() {
            return None;
        }
        [Reach::Near, Reach::Far].into_iter().find_map(|reach| {
            // Beyond its reach, a search does not know of all.
            let known =
                |moment: &Timestamp| reach == Reach::Far || moment.duration_since(after) <= reach.duration();
            let moments = self.moments(after, 0..=reach.days(), reach).into_iter();
            let mut later = moments.filter(|moment| *moment > after).take_while(known);
            later.find_map(|moment| self.edge(moment))
        })
    }

    /// Since when the maximum has been below a size, if there was a moment lately at which it was not. Edges at which it was, too, are
    /// passed over.
    #[must_use]
    pub fn too_large_since(&self, kpus: Units, now: Timestamp) -> Option<Timestamp> {
        let fits = |at| kpus <= self.at(at).bounds.maximum();
        let oldest = now.checked_sub(Reach::Far.duration()).ok()?;
        let before = |edge: &Timestamp| self.since(just_before(*edge)?);
        let mut edges = std::iter::successors(self.since(now), before).take_while(|edge| *edge >= oldest);
        edges.find(|edge| just_before(*edge).is_some_and(fits))
    }

    /// Since when the present has been in force, if that has not been for long.
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

    /// Whether anything ever changes.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.windows.is_empty()
    }

    /// The zone whose clocks it follows.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The largest minimum of all windows: what the application must be able to have.
    #[must_use]
    pub fn largest_minimum(&self) -> Units {
        let least = |window: &Window| window.sizes()?.least;
        self.windows
            .iter()
            .filter_map(least)
            .chain(self.otherwise.as_ref().and_then(|(sizes, _)| sizes.least))
            .fold(self.bounds.minimum(), Units::max)
    }

    /// What changes at a moment, if something does.
    fn edge(&self, at: Timestamp) -> Option<Edge> {
        let in_force = self.at(at);
        (self.at(just_before(at)?) != in_force).then_some(Edge { at, in_force })
    }

    /// The windows that are open.
    fn open(&self, now: Timestamp) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(move |window| window.is_open(now, &self.zone))
    }

    /// The windows that will open within the lead time, and count then. While one of a single day is open, those of every week do not count,
    /// nor do they lead up to anything.
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

    /// The moments around one at which something may change.
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

/// A second before, for nothing changes within one.
fn just_before(at: Timestamp) -> Option<Timestamp> {
    at.checked_sub(SignedDuration::from_secs(1)).ok()
}

/// Those of the open windows by which sizes are bounded.
fn narrowing(mut open: Vec<&Window>) -> Vec<&Window> {
    open.retain(|window| window.sizes().is_some());
    if open.iter().any(|window| window.is_dated()) {
        open.retain(|window| window.is_dated());
    }
    open
}

/// Whether it has a smallest size, which is led up to.
fn has_least(window: &Window) -> bool {
    window.sizes().is_some_and(|sizes| sizes.least.is_some())
}
