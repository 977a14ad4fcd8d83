//! Progress bars on standard error.

use indicatif::{ProgressBar, ProgressStyle};

/// The steps of the bar for each run.
const STEPS: u64 = 200;

/// The template of a bar with the share that is done, and a message.
pub(crate) const PERCENT: &str = "{bar:40} {percent:>3} %  {msg}";

/// Returns a bar for a number of steps, with a template of `indicatif`.
pub(crate) fn bar(steps: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(steps);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// The progress of simulations.
pub(crate) struct Progress(pub(crate) ProgressBar);

/// Returns a progress bar for a number of runs.
pub(crate) fn progress_bar(runs: usize) -> Progress {
    Progress(bar(STEPS * u64::try_from(runs).unwrap_or(1), PERCENT))
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
