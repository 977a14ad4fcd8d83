//! Checks that runs start on time, and how the last runs ended.

use super::read;
use crate::{Finding, Run, RunStatus, Stack};
use jiff::{SignedDuration, Timestamp};

const CHECK: &str = "last-runs";

/// Time without a run that is tolerated beyond two heartbeats.
const START_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn examine(stack: &Stack, now: Timestamp) -> Finding {
    let heartbeat =
        stack.heartbeat.as_ref().ok().and_then(|heartbeat| heartbeat_interval(&heartbeat.expression));
    read(CHECK, &stack.runs, |runs| {
        let Some(newest) = runs.iter().map(|run| run.started).max() else {
            let remedy = "wait for the heartbeat, or start a run by hand with the input {}";
            return Finding::warning(CHECK, "no run has started yet", remedy);
        };
        let silence = now.duration_since(newest);
        match heartbeat {
            Some(interval) if silence > interval.saturating_mul(2).saturating_add(START_TOLERANCE) => {
                Finding::problem(
                    CHECK,
                    format!(
                        "no run has started for {} min, although the heartbeat starts one every {} min",
                        silence.as_mins(),
                        interval.as_mins()
                    ),
                    "check the finding on the heartbeat, and the dead-letter queue of the stack: its messages are the starts that failed",
                )
            }
            _ => ended(runs),
        }
    })
}

fn ended(runs: &[Run]) -> Finding {
    let mut ended: Vec<&Run> = runs.iter().filter(|run| run.ended.is_some()).collect();
    ended.sort_by_key(|run| std::cmp::Reverse(run.ended));
    let with = |status| ended.iter().filter(move |run| run.status == status);
    let Some(last) = ended.first() else {
        return Finding::good(CHECK, "the first run is under way");
    };
    if last.status == RunStatus::Failed {
        return Finding::problem(
            CHECK,
            format!("the last run failed: {}: {}", last.state, last.why),
            "follow the message; the execution in the Step Functions console has every step of the run",
        );
    }
    if let Some(failed) = with(RunStatus::Failed).next() {
        let count = with(RunStatus::Failed).count();
        return Finding::warning(
            CHECK,
            format!(
                "the last run succeeded, but {count} failed before, the last one {}: {}",
                failed.state, failed.why
            ),
            "follow the message, because the failure may recur; kpu status lists the failed runs",
        );
    }
    if with(RunStatus::Stopped).next().is_some() {
        return Finding::warning(
            CHECK,
            "a run was stopped by hand within the last day",
            "no action is needed if you stopped it; the next run continues a scaling that it left unfinished",
        );
    }
    Finding::good(CHECK, format!("all {} runs succeeded; the newest ended in {}", ended.len(), last.state))
}

/// Returns the time between two heartbeats, or `None` for an expression of another form. The template writes `cron(0/5 * * * ? *)`, or
/// `cron(0 * * * ? *)` for an hour.
#[must_use]
pub fn heartbeat_interval(expression: &str) -> Option<SignedDuration> {
    let minutes = expression.strip_prefix("cron(")?.strip_suffix(" * * * ? *)")?;
    let minutes = if minutes == "0" { 60 } else { minutes.strip_prefix("0/")?.parse().ok()? };
    Some(SignedDuration::from_mins(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_heartbeat() {
        for (expression, minutes) in [
            ("cron(0/1 * * * ? *)", Some(1)),
            ("cron(0/30 * * * ? *)", Some(30)),
            ("cron(0 * * * ? *)", Some(60)),
            ("cron(0/5 8 * * ? *)", None),
            ("rate(5 minutes)", None),
        ] {
            assert_eq!(
                heartbeat_interval(expression),
                minutes.map(SignedDuration::from_mins),
                "{expression}"
            );
        }
    }
}
