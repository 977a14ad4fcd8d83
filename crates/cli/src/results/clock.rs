//! The bounds in force during a simulation, and the times at which scaling was blocked or paused.

use super::{Results, since};
use crate::format::Calendar;
use jiff::{SignedDuration, Timestamp};
use schedule::Edge;
use serde_json::{Value, json};

impl Results {
    /// Returns the calendar of the printed times.
    pub(crate) fn calendar(&self) -> Calendar {
        let zone = self.scenario.trace.start().map(|_| self.zone.clone());
        Calendar { start: self.run.start(), zone }
    }

    /// Returns the local date of the start, and the seconds since its midnight, if the load has dates.
    pub(super) fn date_and_midnight(&self) -> Option<Value> {
        let start = self.scenario.trace.start()?.to_zoned(self.zone.clone());
        let midnight = start.start_of_day().ok()?;
        let seconds = start.timestamp().duration_since(midnight.timestamp()).as_secs();
        Some(
            json!({"date": start.date().to_string(), "sinceMidnight": seconds, "zone": self.zone.iana_name()}),
        )
    }

    /// Returns the bounds, each with the second from which it is in force.
    pub(super) fn bounds(&self) -> Vec<(i64, u32, u32)> {
        let row = |edge: Edge| {
            let bounds = edge.in_force.bounds;
            (since(edge.at, self.run.start()), bounds.minimum().count(), bounds.maximum().count())
        };
        let mut rows: Vec<_> = self.in_force().map(row).collect();
        rows.dedup_by_key(|(_, least, most)| (*least, *most));
        rows
    }

    /// Returns the spans in which scaling is blocked or paused, with the reason.
    pub(super) fn held(&self) -> Vec<(i64, i64, String)> {
        let start = self.run.start();
        let end = since(self.end(), start);
        let mut parts: Vec<_> =
            self.in_force().map(|edge| (since(edge.at, start), edge.in_force.blocked)).collect();
        parts.dedup_by_key(|(_, blocked)| *blocked);
        let ends = parts.iter().skip(1).map(|(at, _)| *at).chain([end]);
        let blocked = parts.iter().zip(ends).filter(|((_, blocked), _)| *blocked);
        let blocked = blocked.map(|((from, _), until)| (*from, until, "blocked".to_owned()));
        let paused = self.settings.pauses().iter().map(|pause| {
            let (from, until) = pause.span();
            (since(from, start), since(until, start).min(end), format!("paused: {}", pause.what()))
        });
        blocked.chain(paused).collect()
    }

    fn end(&self) -> Timestamp {
        let minutes = i64::try_from(self.scenario.trace.minutes()).unwrap_or(i64::MAX);
        self.run.start() + SignedDuration::from_mins(minutes)
    }

    /// Returns the bounds at the start, and every change of them.
    fn in_force(&self) -> impl Iterator<Item = Edge> {
        let schedule = &self.settings.policy().schedule;
        let (start, end) = (self.run.start(), self.end());
        let first = Edge { at: start, in_force: schedule.at(start) };
        std::iter::successors(Some(first), |edge| schedule.next(edge.at))
            .take_while(move |edge| edge.at < end)
    }
}
