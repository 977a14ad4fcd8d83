//! Schedules within bounds of 2 to 32 KPUs.

use scaling::{Bounds, Unit, Units};
use schedule::{Schedule, ScheduleText};

pub(crate) fn kpus(count: u32) -> Units {
    Units::new(count).unwrap()
}

pub(crate) fn parse(text: &ScheduleText<'_>) -> Result<Schedule, String> {
    Schedule::parse(text, Unit::Kpu, Bounds::new(kpus(2), kpus(32)).unwrap())
}

/// The parameters with these `Windows` alone.
pub(crate) fn with_windows(windows: &str) -> ScheduleText<'_> {
    ScheduleText { windows, ..ScheduleText::default() }
}
