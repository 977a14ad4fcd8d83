//! The defects of a stack that scales an application, by their subjects.

mod application;
mod metrics;
mod runs;
mod stack;

pub(crate) use application::KEY;

use crate::Row;

/// All of them.
pub(crate) const DEFECTS: &[&[Row]] =
    &[application::DEFECTS, stack::DEFECTS, metrics::DEFECTS, runs::DEFECTS];
