//! The defects of a stack that scales an application, by their subjects.

mod application;
mod metrics;
mod runs;
mod stack;
mod subtasks;

pub(crate) use application::KEY;
pub(crate) use subtasks::lags;

use crate::Row;

/// All of them.
pub(crate) const DEFECTS: &[&[Row]] =
    &[application::DEFECTS, stack::DEFECTS, metrics::DEFECTS, runs::DEFECTS, subtasks::DEFECTS];
