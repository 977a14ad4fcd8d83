//! Checks that the application can be scaled without loss of state.

use crate::{ApplicationSettings, Finding};

pub(super) fn examine(
    name: &str,
    application: &ApplicationSettings,
    metrics_have_data: bool,
) -> [Finding; 5] {
    [
        runs(name, application),
        built_in_autoscaling(application),
        snapshots(application),
        rollback(application),
        level(application, metrics_have_data),
    ]
}

fn runs(name: &str, application: &ApplicationSettings) -> Finding {
    let status = &application.status;
    match status.as_str() {
        "RUNNING" => Finding::good("application", format!("{name} runs with {} KPU", application.kpus)),
        "READY" | "ROLLED_BACK" => Finding::problem(
            "application",
            format!("{name} does not run ({status})"),
            "start the application; the autoscaler does not start it, and a stopped application publishes no metrics",
        ),
        _ => Finding::warning(
            "application",
            format!("{name} is being changed ({status})"),
            "wait until its status is RUNNING, then run kpu doctor again; nothing is scaled until then",
        ),
    }
}

fn built_in_autoscaling(application: &ApplicationSettings) -> Finding {
    if application.built_in_autoscaling {
        return Finding::warning(
            "built-in-autoscaling",
            "MSF's built-in autoscaling is on and also changes the parallelism",
            "set AutoScalingEnabled to false where the application is deployed; the first scaling also turns it off",
        );
    }
    Finding::good("built-in-autoscaling", "MSF's built-in autoscaling is off")
}

/// Source: "Manage application backups using snapshots": without snapshots an update loses data.
fn snapshots(application: &ApplicationSettings) -> Finding {
    if application.snapshots {
        return Finding::good("snapshots", "snapshots are on");
    }
    Finding::problem(
        "snapshots",
        "snapshots are off, so every scaling loses the job's state",
        "set SnapshotsEnabled of the application to true",
    )
}

/// Source: "Enable system rollbacks": without system rollback a failed update leaves the application stopped.
fn rollback(application: &ApplicationSettings) -> Finding {
    if application.rollback {
        return Finding::good("system-rollback", "system rollback is on");
    }
    Finding::warning(
        "system-rollback",
        "system rollback is off, so a failed update leaves the application stopped",
        "set RollbackEnabled of the application's system rollback configuration to true",
    )
}

fn level(application: &ApplicationSettings, metrics_have_data: bool) -> Finding {
    let level = &application.monitoring_level;
    if level == "APPLICATION" {
        return Finding::good("monitoring-level", "the monitoring level is APPLICATION");
    }
    if metrics_have_data {
        let message = format!("the monitoring level is {level}, and both metrics have data at this level");
        return Finding::good("monitoring-level", message);
    }
    Finding::warning(
        "monitoring-level",
        format!(
            "the monitoring level is {level}: busy time, back pressure and custom metrics have further dimensions at this level, and alarms without those dimensions have no data"
        ),
        "set MetricsLevel of the application to APPLICATION, or scale on a metric that has data",
    )
}
