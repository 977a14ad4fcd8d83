//! The tests at the outermost boundary, in one program: a module is selected by its name, as in
//! `cargo test --test boundary sizing::`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod agreement;
mod alarms;
mod corpus;
mod defaults;
mod defects;
mod direct;
mod interleavings;
mod limits;
mod oracle;
mod pipeline;
mod reference;
mod reference_scenario;
mod scenarios;
mod sizing;
mod storms;
mod template;
mod tidy;
mod walkthrough;
mod worlds;
