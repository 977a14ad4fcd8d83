//! Specifications of the three tasks.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod alarm_data;
mod before_a_step;
mod capacity_request;
mod changes_tag;
mod check;
mod clock;
mod coherence;
mod demand;
mod footprint;
mod idle_topics;
mod job_health;
mod judge;
mod lag;
mod measure;
mod messages;
mod policy;
mod poll;
mod published;
mod remedies;
mod saturated;
mod scale;
mod several;
mod stream;
mod unusable_alarms;
mod update_times;

mod world;
