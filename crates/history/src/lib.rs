//! The history of an application: [`History`] is the data of CloudWatch, [`calibrate()`] learns a model of the application from it, and
//! [`tune()`] finds the best parameters for it.

mod answers;
mod arrivals;
mod calibrate;
mod figures;
mod history;
mod idle;
mod import;
mod kafka;
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

pub use calibrate::{Calibration, KnownFigures, calibrate};
pub use history::{History, Recorded};
pub use import::{HistoryError, Imported, import};
pub use queries::{QueriedSource, queries};
pub use reading::Reading;
pub use replay::{Figure, Replay, replay};
pub use subtasks::{MoreSubtasks, more_subtasks};
pub use tune::{Candidate, Compared, Objective, Tuned, tune};
