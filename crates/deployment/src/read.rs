//! One call after the other, each answer in our own words.

mod application;
mod metrics;
mod runs;
mod stack;
mod wiring;

pub(crate) use stack::Resources;
