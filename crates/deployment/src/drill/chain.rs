//! Judges the links from the alarm to the end of its execution, and the heartbeat. Pure.

use super::evidence::{AlarmBefore, Chain, DrillExecution, Evidence};
use super::link::Link;
use crate::{Facts, Finding, Level, Read, RunStatus, heartbeat_interval};
use jiff::{SignedDuration, Timestamp};
use scaling::{Unit, Units};
use tasks::{CheckAnswer, ResourceKind};

/// Returns the links of the chain, by their stable names.
fn links_of(kind: &ResourceKind) -> [&'static str; 8] {
    let check_resource = match kind.unit {
        Unit::Kpu => "check-application",
        Unit::Shard => "check-stream",
    };
    ["alarm", "rule", "execution", "check-alarms", "check-metric", check_resource, QUIET, SET_BACK]
}

const QUIET: &str = "quiet";

const SET_BACK: &str = "set-back";

const NOT_SET: &str = "the drill has not set the alarm";

/// Returns the links from the alarm to setting things back.
pub(super) fn judge(facts: &Facts, findings: &[Finding], evidence: &Evidence) -> Vec<Link> {
    let names = links_of(facts.kind());
    let unknown = |why: &'static str| names[1..7].iter().map(move |link| Link::unknown(link, why));
    let chain = match &evidence.chain {
        Ok(chain) => chain,
        Err(refusal) => {
            let [alarm, others @ ..] = names;
            let failed = Link::failed(alarm, &refusal.why, &refusal.remedy);
            return [failed].into_iter().chain(others.map(|link| Link::unknown(link, NOT_SET))).collect();
        }
    };
    let mut links = vec![alarm(chain)];
    match (&chain.set, &chain.execution) {
        (Err(_), _) => links.extend(unknown(NOT_SET)),
        (Ok(set), Ok(Some(execution))) => {
            let event = event_time(execution).unwrap_or(*set);
            links.push(Link::passed("rule", "the event of the alarm matched the rule").at(event));
            let after = seconds(execution.started.duration_since(event));
            let message = format!("the execution {} started {after} after the event", execution.name);
            links.push(Link::passed("execution", message).at(execution.started));
            links.extend(checked(facts, &chain.alarm, execution));
            links.push(quiet(facts, execution, evidence.waited));
        }
        (Ok(_), Ok(None)) => {
            links.extend(not_started(findings, evidence));
            links.extend(unknown("no execution started").skip(2));
        }
        (Ok(_), Err(unread)) => {
            links.push(Link::unknown("rule", "the executions could not be read"));
            links.push(Link::unread("execution", unread));
            links.extend(unknown("the execution could not be read").skip(2));
        }
    }
    links.push(set_back(chain, facts));
    links
}

fn alarm(chain: &Chain) -> Link {
    let AlarmBefore { name, state, .. } = &chain.alarm;
    match &chain.set {
        Err(unread) => Link::unread("alarm", unread),
        Ok(set) => Link::passed("alarm", format!("'{name}' was set from {} to ALARM", state.name())).at(*set),
    }
}

/// The links of the rule and of the execution, if no execution started.
fn not_started(findings: &[Finding], evidence: &Evidence) -> [Link; 2] {
    let rule = findings.iter().find(|finding| finding.check == "alarm-rule");
    let defect = rule.filter(|rule| rule.level != Level::Good);
    let rule = match defect {
        Some(defect) => Link::found("rule", defect),
        None => Link::unknown(
            "rule",
            "the rule is enabled, matches the alarm and starts the state machine, but no execution shows that it received the event",
        ),
    };
    let remedy = defect.and_then(|defect| defect.remedy.as_deref()).unwrap_or(
        "read the messages in the dead-letter queue of the stack: their attributes name the error. Without messages, check the role StartRole of the rule, and repeat the drill with --wait 300",
    );
    let message = format!("no execution started within {} of the alarm", seconds(evidence.waited));
    [rule, Link::failed("execution", message, remedy)]
}

/// The links of the task `check`: its alarms, its metric and its resource.
fn checked(facts: &Facts, alarm: &AlarmBefore, execution: &DrillExecution) -> [Link; 3] {
    let kind = facts.kind();
    let [.., alarms, of_metric, resource, _, _] = links_of(kind);
    let unknown = |why: &str| [alarms, of_metric, resource].map(|link| Link::unknown(link, why));
    let Some(answer) = &execution.check else {
        return match execution.status {
            RunStatus::Running => unknown("check has not answered yet"),
            _ => failed_check(kind, execution),
        };
    };
    let Some(units) = answer.units.and_then(Units::new) else {
        return unknown(&format!("check has read nothing: {}", answer.why));
    };
    let size = kind.unit.words(units);
    let [least, most] = answer.bounds.unwrap_or_default();
    [
        Link::passed(alarms, format!("check has read the alarms: {}", answer.why)),
        metric(of_metric, facts, alarm, answer),
        Link::passed(resource, format!("check has read {size} within the bounds {least} to {most}")),
    ]
}

/// The links of a `check` that failed. Its message names the call, which is the link that failed; the calls after it were not made.
fn failed_check(kind: &ResourceKind, execution: &DrillExecution) -> [Link; 3] {
    let DrillExecution { state, why, .. } = execution;
    let [.., alarms, metric, resource, _, _] = links_of(kind);
    let failed = match why {
        why if why.contains("read the metric of the alarm") => metric,
        why if why.contains(&format!("the {} '", kind.noun)) || why.contains("the operations of '") => {
            resource
        }
        _ => alarms,
    };
    [alarms, metric, resource].map(|link| {
        if link == failed {
            let remedy = "follow the message; docs/reference/permissions.md lists the permissions of check";
            return Link::failed(link, format!("check failed: {state}: {why}"), remedy);
        }
        Link::unknown(link, "check failed before its answer")
    })
}

/// The link of the metric: `check` explains an alarm that it does not follow by the newest value of its metric.
fn metric(link: &'static str, facts: &Facts, alarm: &AlarmBefore, answer: &CheckAnswer) -> Link {
    if let Some(reason) = answer.reason {
        let message = format!("check has found no data that it can use: {reason}");
        return match reason {
            scaling::Reason::NoFreshData => Link::failed(
                link,
                message,
                "follow the finding scale-out-metric of kpu doctor; an application that restarted within the last minutes has no data yet",
            ),
            _ => Link::unknown(link, message),
        };
    }
    let alarms = facts.stack.as_ref().and_then(|stack| stack.alarms.as_ref().ok());
    let watched = alarms.and_then(|alarms| alarms.find(&alarm.name).ok()).map(tasks::Alarm::watches);
    match watched {
        // `check` counts a stream without writes as idle.
        Some(metric) if is_idle_stream(facts) => Link::unknown(
            link,
            format!("{metric} has no data, which check counts as 0, because a stream without writes publishes none"),
        )
        .with_remedy("write records into the stream for some minutes, and repeat the drill"),
        Some(metric) if answer.why.contains(&format!("{metric} is ")) => {
            Link::passed(link, format!("check has read fresh data of {metric}"))
        }
        _ => Link::unknown(
            link,
            "check has not needed the metric: CloudWatch had evaluated the alarm again before, or only capacity requests scale",
        ),
    }
}

/// Whether the stack scales a stream whose scale-out metric has no data that the tasks use.
fn is_idle_stream(facts: &Facts) -> bool {
    let metric = facts.stack.as_ref().and_then(|stack| stack.out_metric.as_ref().ok());
    facts.kind().unit == Unit::Shard && metric.is_some_and(|metric| !metric.has_fresh_data(facts.now))
}

/// The remedy for an update within the drill.
const CONFIRMED: &str = "nothing: fresh data confirmed the alarm, so an execution without the drill would have made the same step";

/// The link of the end: nothing was scaled.
fn quiet(facts: &Facts, execution: &DrillExecution, waited: SignedDuration) -> Link {
    const LINK: &str = QUIET;
    let DrillExecution { state, why, .. } = execution;
    let Some(ended) = execution.ended else {
        if ["AwaitUpdate", "Poll", "AwaitSettling"].contains(&state.as_str()) {
            return Link::failed(
                LINK,
                format!("the execution makes an update, and is in {state}"),
                CONFIRMED,
            );
        }
        return Link::failed(
            LINK,
            format!("the execution was still in {state} after {}", seconds(waited)),
            "open the execution in the Step Functions console: a task that is repeated shows its error there",
        );
    };
    if let (Some((from, to)), true) = (execution.scaled, execution.status == RunStatus::Succeeded) {
        let message = format!("the execution scaled the {} from {from} to {to}", facts.kind().noun);
        return Link::failed(LINK, message, CONFIRMED).at(ended);
    }
    let took = seconds(ended.duration_since(execution.started));
    match (execution.status, state.as_str()) {
        (RunStatus::Succeeded, "Quiet") => {
            Link::passed(LINK, format!("the execution ended in Quiet after {took}; nothing was scaled")).at(ended)
        }
        (RunStatus::Succeeded, _) => Link::passed(
            LINK,
            format!("the execution ended in {state} after {took}; fresh data confirmed the alarm, and nothing was scaled: {why}"),
        )
        .at(ended),
        _ => Link::failed(LINK, format!("the execution ended in {state}: {why}"), "follow the message").at(ended),
    }
}

fn set_back(chain: &Chain, facts: &Facts) -> Link {
    const LINK: &str = SET_BACK;
    let AlarmBefore { name, state, .. } = &chain.alarm;
    let state = state.name();
    let (noun, resource) = (facts.kind().noun, &facts.name);
    match (&chain.set, &chain.alarm_restored, &chain.pause_removed) {
        (_, _, Some(Err(unread))) => Link::failed(
            LINK,
            format!("the pause of the drill is still set: {unread}"),
            format!("run kpu resume --{noun} {resource}; without it the pause ends by itself within minutes"),
        ),
        (Ok(_), Err(unread), _) => Link::failed(
            LINK,
            format!("'{name}' was not set back to {state}: {unread}"),
            "nothing: CloudWatch sets it at its next evaluation, within a period of the alarm",
        ),
        (Err(_), ..) => Link::passed(LINK, "there was nothing to set back"),
        (Ok(_), Ok(()), pause) => {
            let pause = if pause.is_some() { ", and the pause of the drill is removed" } else { "" };
            Link::passed(LINK, format!("'{name}' is set back to {state}{pause}"))
        }
    }
}

/// Returns the link of the heartbeat.
pub(super) fn heartbeat(facts: &Facts, findings: &[Finding], last: &Read<Option<Timestamp>>) -> Link {
    const LINK: &str = "heartbeat";
    let defect = findings.iter().find(|finding| finding.check == LINK && finding.level != Level::Good);
    match (defect, last) {
        (Some(defect), _) => Link::found(LINK, defect),
        (None, Err(unread)) => Link::unread(LINK, unread),
        (None, Ok(Some(started))) => {
            Link::passed(LINK, "the schedule has started an execution within its period").at(*started)
        }
        (None, Ok(None)) => {
            let every = interval(facts).map_or("an unknown period".to_owned(), |every| {
                format!("its period of {} min", every.as_mins())
            });
            Link::unknown(LINK, format!("the schedule has started no execution within {every}"))
                .with_remedy("a stack that is younger than this period has none yet; repeat the drill with --await-heartbeat")
        }
    }
}

fn interval(facts: &Facts) -> Option<SignedDuration> {
    let stack = facts.stack.as_ref()?;
    heartbeat_interval(&stack.heartbeat.as_ref().ok()?.expression)
}

/// The time in the event that started the execution, by the clock of CloudWatch.
fn event_time(execution: &DrillExecution) -> Option<Timestamp> {
    execution.input.pointer("/detail/state/timestamp")?.as_str()?.parse().ok()
}

fn seconds(duration: SignedDuration) -> String {
    format!("{:.1} s", duration.as_secs_f64().max(0.0))
}
