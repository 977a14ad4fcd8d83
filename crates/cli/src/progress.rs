//! The progress bar of a simulation.

use indicatif::{ProgressBar, ProgressStyle};

/// The steps of the progress bar for each run.
const STEPS: u64 = 200;

/// A progress bar on standard error.
pub(crate) struct Progress(pub(crate) ProgressBar);

/// Returns a progress bar for a number of runs.
pub(crate) fn progress_bar(runs: usize) -> Progress {
    let bar = ProgressBar::new(STEPS * u64::try_from(runs).unwrap_or(1));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}") {
        bar.set_style(style);
    }
    Progress(bar)
}

impl Progress {
    /// Shows the completed share of a run.
    pub(crate) fn at(&self, run: u64, share: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of 200"
        )]
        self.0.set_position(run * STEPS + (share * STEPS as f64) as u64);
    }
}
