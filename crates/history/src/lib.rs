//! The history of an application: [`History`] is the data of CloudWatch, [`calibrate()`] learns a model of the application from it, and
//! [`tune()`] finds the best parameters for it.

mod calibrate;
mod figures;
mod history;
mod import;
mod observed;
mod printed;
mod restarts;
mod sources;
mod space;
mod tune;

pub use calibrate::{Calibration, calibrate};
pub use history::{History, HistoryError, Recorded};
pub use import::{Imported, import};
pub use sources::queries;
pub use tune::{Candidate, Compared, Objective, Tuned, tune};
