//! The history of an application: [`History`] is the data of CloudWatch, [`calibrate()`] learns a model of the application from it, and
//! [`tune()`] finds the best parameters for it.

mod answers;
mod calibrate;
mod figures;
mod history;
mod import;
mod observed;
mod operations;
mod periods;
mod restarts;
mod series;
mod sources;
mod space;
mod spans;
mod table;
mod tune;

pub use calibrate::{Calibration, calibrate};
pub use history::{History, Recorded};
pub use import::{HistoryError, Imported, import};
pub use sources::{Reading, queries};
pub use tune::{Candidate, Compared, Objective, Tuned, tune};
