//! The published event of an update: its sizes, cause and remedy, and the notification as its reader sees it.

use crate::poll::request;
use crate::world::{NOW, World, ago, now, operation, policy};
use serde_json::json;
use tasks::{Operation, OperationStatus, PollRequest, ResourceStatus, TaskError, poll};

#[test]
fn an_outcome_that_cannot_be_published_is_an_error() {
    let world = World::new().fails_to_publish().updated(OperationStatus::InProgress, 60, None);
    assert!(
        now(poll(&request(60, Some("op-1")), &world, &world, &world)).is_ok(),
        "a running update publishes nothing"
    );
    let world = World::new().fails_to_publish().updated(OperationStatus::Failed, 60, Some(0));
    let error = now(poll(&request(60, Some("op-1")), &world, &world, &world)).unwrap_err();
    assert_eq!(error, TaskError::Retryable("failed to publish: throttled".to_owned()));
}

#[test]
fn the_published_event_states_both_sizes_and_the_cause() {
    let world = World::running(4).updated(OperationStatus::Successful, 60, Some(0));
    let event = now(poll(&request(60, Some("op-1")), &world, &world, &world)).unwrap().event.unwrap();
    assert_eq!(
        serde_json::to_value(&event).unwrap(),
        json!({
            "kind": "Application Scaled", "application": "orders", "direction": "In", "fromKpus": 8, "toKpus": 4, "seconds": 60,
            "because": "cpu is 9 <= 20", "execution": "arn:run-1",
            "message": "orders: scaling in from 8 KPU to 4 KPU, because cpu is 9 <= 20: after 60 s it \
                        runs with 4 KPU. Execution: arn:run-1",
            "subject": "orders: scaled in from 8 KPU to 4 KPU",
            "text": "The application 'orders' was scaled in from 8 KPU to 4 KPU.\n\n\
                     Cause: cpu is 9 <= 20\n\
                     Result after 60 s: it runs with 4 KPU\n\
                     Execution: arn:run-1\n",
        })
    );
}

/// A subscriber by mail sees the subject and the text.
#[test]
fn the_notification_of_a_failure_has_its_cause_remedy_and_link() {
    let world = World::new().is(ResourceStatus::Ready).ran(Operation {
        failure: Some("the job could not be started".to_owned()),
        ..operation("UpdateApplication", OperationStatus::Failed, 60, Some(0))
    });
    let mut request = request(60, Some("op-1"));
    request.execution = "arn:aws-cn:states:cn-north-1:111122223333:execution:scaling:run-1".to_owned();
    let event = now(poll(&request, &world, &world, &world)).unwrap().event.unwrap();
    assert_eq!(event.subject, "orders: scaling in from 8 KPU to 4 KPU failed");
    assert_eq!(
        event.text,
        "The application 'orders' could not be scaled in from 8 KPU to 4 KPU.\n\n\
         Cause: cpu is 9 <= 20\n\
         Result after 60 s: the update failed and left the application stopped: the job could not be started\n\
         Remedy: start the application, and switch its system rollback on, so that a failed update does not stop it\n\
         Execution: https://cn-north-1.console.amazonaws.cn/states/home?region=cn-north-1#/v2/executions/details/\
         arn:aws-cn:states:cn-north-1:111122223333:execution:scaling:run-1\n"
    );
}

/// SNS rejects another subject, and the notification would be lost.
#[test]
fn every_subject_is_ascii_text_of_less_than_100_characters() {
    let mut shortened = 0;
    for name in ["orders", "o", &"a-very-long-name.".repeat(8)[..128], &"ü".repeat(128)] {
        for status in [OperationStatus::Successful, OperationStatus::Failed] {
            let world = World::running(4).updated(status, 60, Some(0));
            let mut request = request(60, Some("op-1"));
            let check = request.run.check.as_mut().unwrap();
            check.policy = check.policy.clone().with([("ApplicationName", name)]);
            let subject = now(poll(&request, &world, &world, &world)).unwrap().event.unwrap().subject;
            let is_plain = subject.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
            assert!(is_plain && subject.len() < 100 && subject.contains("from 8 KPU to 4 KPU"), "{subject}");
            assert_eq!(subject.starts_with(&format!("{name}: ")), name.len() < 20, "{subject}");
            shortened += usize::from(subject.contains("..."));
        }
    }
    assert_eq!(shortened, 4, "long names are shortened");
}

#[test]
fn the_link_leads_to_the_console_of_the_partition() {
    for (partition, region, host) in [
        ("aws", "eu-central-1", Some("console.aws.amazon.com")),
        ("aws-us-gov", "us-gov-west-1", Some("console.amazonaws-us-gov.com")),
        ("aws-cn", "cn-north-1", Some("console.amazonaws.cn")),
        ("aws-eusc", "eusc-de-east-1", None),
    ] {
        let world = World::running(4).updated(OperationStatus::Successful, 60, Some(0));
        let mut request = request(60, Some("op-1"));
        let arn = format!("arn:{partition}:states:{region}:111122223333:execution:scaling:run-1");
        request.execution.clone_from(&arn);
        let text = now(poll(&request, &world, &world, &world)).unwrap().event.unwrap().text;
        let link = host.map_or(arn.clone(), |host| {
            format!("https://{region}.{host}/states/home?region={region}#/v2/executions/details/{arn}")
        });
        assert!(text.ends_with(&format!("Execution: {link}\n")), "{text}");
    }
}

/// The direction of the event comes from the sizes and not from the call.
#[test]
fn the_published_direction_follows_the_sizes() {
    let size = |count| json!({"units": count, "parallelism": count});
    for (from, to, wanted) in [(4, 8, "Out"), (8, 4, "In"), (8, 8, "In")] {
        let world = World::running(to).updated(OperationStatus::Successful, 100, Some(10));
        let run = json!({
            "check": {"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "In"}, "why": "cpu is 9 <= 20", "policy": policy()},
            "scale": {"verdict": "Scaling", "why": "it scales", "waitSeconds": 15, "update": {"from": size(from), "to": size(to), "version": 7, "operation": "op-1", "asked": ago(60)}},
        });
        let run = serde_json::from_value(run).unwrap();
        let answer =
            now(poll(&PollRequest { now: NOW, execution: String::new(), run }, &world, &world, &world))
                .unwrap();
        let published = serde_json::to_value(answer.event.unwrap()).unwrap();
        assert_eq!(published["direction"], wanted, "{from} to {to}");
        let has_cause_of_the_alarm = published["because"] == "cpu is 9 <= 20";
        assert_eq!(has_cause_of_the_alarm, wanted == "In", "{published}");
    }
}
