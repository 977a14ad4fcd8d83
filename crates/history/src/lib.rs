//! One's own history: [`History`] is what CloudWatch has kept of an application, [`calibrate()`] learns from it how the application
//! behaves, and [`tune()`] finds the parameters that would have been best.

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
