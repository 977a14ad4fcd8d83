//! The history of an application: [`History`] is the data of CloudWatch, [`calibrate()`] learns a model of the application from it, and
//! [`tune()`] finds the best parameters for it. [`flink`] measures a running job.

mod answers;
mod arrivals;
mod calibrate;
mod calibration;
mod figures;
pub mod flink;
mod history;
mod idle;
mod import;
mod kafka;
mod measurement;
mod observed;
mod operations;
mod periods;
mod queries;
mod reading;
mod replay;
mod restarts;
mod series;
mod sources;
mod space;
mod spans;
mod stated;
mod subtasks;
mod table;
mod tune;

pub use calibrate::calibrate;
pub use calibration::{Calibration, CapacityBasis, KnownFigures};
pub use history::{History, Recorded};
pub use import::{HistoryError, Imported, import};
pub use measurement::{Measurement, SimulateOption, measured};
pub use queries::{QueriedSource, queries};
pub use reading::Reading;
pub use replay::{Figure, Replay, replay};
pub use subtasks::{MoreSubtasks, more_subtasks};
pub use tune::{Candidate, Compared, Objective, Tuned, tune};
