//! The protocol of custom resources as a specification: the responses to `GET` and `PATCH`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use jiff::{SignedDuration, Timestamp};
use scalable_target::{Method, Request, Response, Run, RunEnd, Runs, Scaled, ScalingStatus, answer};
use scaling::{Parallelism, Unit};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tasks::{
    ApplicationDescription, Operation, OperationStatus, ParallelismChange, ResourceDescription,
    ResourceStatus, Resources, TaskError, Update, UpdateOutcome,
};

/// An application, its updates, and the executions of the state machine.
struct World {
    kpus: u32,
    status: ResourceStatus,
    updates: Vec<Operation>,
    runs: Vec<Run>,
    end: RunEnd,
    exists: bool,
    started: RefCell<Vec<(String, Value)>>,
}

fn at(seconds: i64) -> Timestamp {
    "2027-01-15T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// A running application with four KPUs and no operations.
fn quiet() -> World {
    World {
        kpus: 4,
        status: ResourceStatus::Running,
        updates: Vec::new(),
        runs: Vec::new(),
        end: RunEnd::Succeeded(Value::Null),
        exists: true,
        started: RefCell::default(),
    }
}

/// An execution that started at the beginning.
fn run(name: &str, is_over: bool) -> Run {
    Run { id: format!("arn:{name}"), name: name.to_owned(), started: at(0), is_over }
}

fn update(started: i64, status: OperationStatus) -> Operation {
    Operation {
        id: "op-1".to_owned(),
        kind: "UpdateApplication".to_owned(),
        status,
        started: at(started),
        ended: None,
        failure: None,
        rolled_back_by: None,
    }
}

impl Resources for World {
    async fn describe(&self, application: &str) -> Result<Option<ResourceDescription>, TaskError> {
        assert_eq!(application, "orders");
        Ok(self.exists.then(|| ResourceDescription {
            arn: "arn".to_owned(),
            status: self.status.clone(),
            current_parallelism: Parallelism::new(self.kpus * 2).unwrap(),
            application: Some(ApplicationDescription {
                version: 7,
                parallelism_per_kpu: Parallelism::new(2).unwrap(),
                last_updated: None,
                autoscaling_enabled: false,
                allow_non_restored_state: None,
            }),
        }))
    }

    async fn operations(&self, _: &str) -> Result<Vec<Operation>, TaskError> {
        Ok(self.updates.clone())
    }

    async fn operation(&self, _: &str, _: &str) -> Result<Option<Operation>, TaskError> {
        unreachable!("no operation is followed")
    }

    async fn change(&self, _: &str, _: &str) -> Result<Option<ParallelismChange>, TaskError> {
        unreachable!("no operation is followed")
    }

    async fn tag(&self, _: &str, _: &str) -> Result<Option<String>, TaskError> {
        unreachable!("no step is made")
    }

    async fn update(&self, _: &Update) -> Result<UpdateOutcome, TaskError> {
        unreachable!("nothing is scaled here")
    }
}

impl Runs for World {
    async fn start(&self, name: &str, input: &Value) -> Result<(), TaskError> {
        self.started.borrow_mut().push((name.to_owned(), input.clone()));
        Ok(())
    }

    async fn newest(&self) -> Result<Vec<Run>, TaskError> {
        Ok(self.runs.clone())
    }

    async fn end(&self, id: &str) -> Result<RunEnd, TaskError> {
        let run = self.runs.iter().find(|run| run.id == id).unwrap();
        assert!(run.is_over, "only a finished execution has an end");
        Ok(self.end.clone())
    }
}

fn ask(world: &World, method: Method) -> Response {
    let request = Request { method, target: "orders".to_owned(), id: "1a-2b".to_owned() };
    ask_for(world, &request)
}

fn ask_for(world: &World, request: &Request) -> Response {
    let scaled = Scaled { unit: Unit::Kpu, name: "orders".to_owned() };
    match pin!(answer(request, &scaled, world, world)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(response) => response,
        Poll::Pending => panic!("no future waits"),
    }
}

#[test]
fn without_a_request_the_present_capacity_is_the_desired_one() {
    let found = ask(&quiet(), Method::Get);
    let expected = json!({
        "scalableTargetDimensionId": "orders", "version": "7", "actualCapacity": 4.0, "desiredCapacity": 4.0,
        "scalingStatus": "Successful", "resourceName": "orders", "dimensionName": "KPU",
    });
    assert_eq!(found, Response { status: 200, body: expected });
}

/// The case, the world, and the expected desired capacity, status and failure reason.
type Row<'a> = (&'a str, World, u32, &'a str, Option<&'a str>);

/// Asserts the response of each row, and that the rows cover the statuses.
fn assert_answered(rows: Vec<Row>, statuses: &[ScalingStatus]) {
    let mut seen = BTreeSet::new();
    for (case, world, desired, status, why) in rows {
        let body = ask(&world, Method::Get).body;
        let found = (&body["actualCapacity"], &body["desiredCapacity"], &body["scalingStatus"]);
        let expected = (&json!(f64::from(world.kpus)), &json!(f64::from(desired)), &json!(status));
        assert_eq!(found, expected, "{case}");
        assert_eq!(body["failureReason"].as_str(), why, "{case}");
        seen.insert(status.to_owned());
    }
    assert_eq!(seen, statuses.iter().map(|status| format!("{status:?}")).collect());
}

/// A request for eight KPUs, after a request for two.
fn requested(is_over: bool) -> World {
    let runs = vec![run("heartbeat", true), run("capacity-8-1a-2b", is_over), run("capacity-2-older", true)];
    World { runs, ..quiet() }
}

#[test]
fn while_its_execution_runs_the_operations_give_the_status() {
    use OperationStatus::{Failed, InProgress, Successful};
    use ScalingStatus as Is;
    let busy = || ResourceStatus::Changing("UPDATING".to_owned());
    let updated =
        |kpus, seconds, status| World { kpus, updates: vec![update(seconds, status)], ..requested(false) };
    let rows: Vec<Row> = vec![
        ("it has not begun", requested(false), 8, "Pending", None),
        ("an operation before the request does not count", updated(4, -60, Successful), 8, "Pending", None),
        ("another writer changes it", World { status: busy(), ..requested(false) }, 8, "InProgress", None),
        ("it goes on", World { status: busy(), ..updated(4, 2, InProgress) }, 8, "InProgress", None),
        (
            "it is not at rest yet",
            World { status: busy(), ..updated(4, 2, Successful) },
            8,
            "InProgress",
            None,
        ),
        (
            "it has failed, and its execution is about to say why",
            updated(4, 2, Failed),
            8,
            "InProgress",
            None,
        ),
        ("it is done, and its execution waits", updated(8, 2, Successful), 8, "Successful", None),
        (
            "one step reaches only a part of the requested capacity",
            updated(6, 2, Successful),
            6,
            "Successful",
            None,
        ),
        ("the clock of MSF is behind", updated(8, -4, Successful), 8, "Successful", None),
    ];
    assert_answered(rows, &[Is::Pending, Is::InProgress, Is::Successful]);
}

/// The result comes from the execution, even if the resource was changed again since.
#[test]
fn the_end_of_its_execution_gives_the_result() {
    use ScalingStatus as Is;
    let output = |check: &str, scale: Option<Value>| {
        RunEnd::Succeeded(json!({"check": {"why": check}, "scale": scale}))
    };
    let ended = |end| World { end, ..requested(true) };
    let stepped =
        || output("the one step of the request is made", Some(json!({"update": {"operation": "op-1"}})));
    let held = output("8 KPU are requested, and it has 4", Some(json!({"why": "it is paused"})));
    let off = output("Mode is off: nothing is checked or scaled", None);
    let failed = || ended(RunEnd::Failed("the update was rolled back".to_owned()));
    let crashed = r#"{"errorType": "Fatal", "errorMessage": "failed to read the policy"}"#;
    let meanwhile = vec![update(7_200, OperationStatus::Failed)];
    let rows: Vec<Row> = vec![
        ("it has made its step", World { kpus: 6, ..ended(stepped()) }, 6, "Successful", None),
        (
            "and then others failed",
            World { kpus: 6, updates: meanwhile, ..ended(stepped()) },
            6,
            "Successful",
            None,
        ),
        ("it was held", ended(held), 4, "Failed", Some("8 KPU are requested, and it has 4: it is paused")),
        ("the mode was off", ended(off), 4, "Failed", Some("Mode is off: nothing is checked or scaled")),
        ("its update has failed", failed(), 4, "Failed", Some("the update was rolled back")),
        (
            "and then others succeeded",
            World { updates: vec![update(7_200, OperationStatus::Successful)], ..failed() },
            4,
            "Failed",
            Some("the update was rolled back"),
        ),
        (
            "a task has failed",
            ended(RunEnd::Failed(crashed.to_owned())),
            4,
            "Failed",
            Some("failed to read the policy"),
        ),
        ("it had that size", World { kpus: 8, ..ended(output("it has 8", None)) }, 8, "Successful", None),
        (
            "another writer changes it",
            World { status: ResourceStatus::Changing("UPDATING".to_owned()), ..ended(stepped()) },
            4,
            "InProgress",
            None,
        ),
    ];
    assert_answered(rows, &[Is::InProgress, Is::Successful, Is::Failed]);
    let changed = World { status: ResourceStatus::Changing("UPDATING".to_owned()), ..quiet() };
    assert_answered(vec![("no request", changed, 4, "InProgress", None)], &[Is::InProgress]);
}

#[test]
fn a_request_starts_an_execution_and_scales_nothing() {
    let world = quiet();
    let found = ask(&world, Method::Patch(r#"{"desiredCapacity": 8.0}"#.to_owned()));
    assert_eq!((found.status, &found.body["scalingStatus"]), (200, &json!("Pending")));
    assert_eq!((&found.body["actualCapacity"], &found.body["desiredCapacity"]), (&json!(4.0), &json!(8.0)));
    let expected = ("capacity-8-1a-2b".to_owned(), json!({"desiredCapacity": 8}));
    assert_eq!(*world.started.borrow(), [expected]);
}

/// Otherwise an older request would be the newest one.
#[test]
fn a_request_for_the_present_capacity_starts_an_execution_as_well() {
    let body = || Method::Patch(r#"{"desiredCapacity": 4}"#.to_owned());
    let changing = World { status: ResourceStatus::Changing("UPDATING".to_owned()), ..quiet() };
    for (world, status) in [(quiet(), "Successful"), (changing, "Pending")] {
        assert_eq!(ask(&world, body()).body["scalingStatus"], status);
        assert_eq!(world.started.borrow()[0].0, "capacity-4-1a-2b");
    }
}

#[test]
fn an_invalid_request_is_rejected_with_its_reason_and_starts_nothing() {
    let world = quiet();
    let size = |found: &str| {
        format!(
            "failed to read the request: desiredCapacity is {found}; set it to a whole number from 1 to 10000"
        )
    };
    for (body, expected) in [
        (r#"{"desiredCapacity": 0}"#, size("0")),
        (r#"{"desiredCapacity": 2.5}"#, size("2.5")),
        (r#"{"desiredCapacity": -1.0}"#, size("-1.0")),
        (r#"{"desiredCapacity": 10001}"#, size("10001")),
        (r#"{"desiredCapacity": "8"}"#, size("\"8\"")),
        (r#"{"capacity": 8}"#, size("null")),
        ("[]", size("null")),
    ] {
        let found = ask(&world, Method::Patch(body.to_owned()));
        assert_eq!(found, Response { status: 400, body: json!({"message": expected}) }, "{body}");
    }
    let found = ask(&world, Method::Patch("{".to_owned()));
    assert_eq!(found.status, 400);
    assert!(found.body["message"].as_str().unwrap().contains("its body is not a JSON document"));
    let other = Request { method: Method::Get, target: "payments".to_owned(), id: "1".to_owned() };
    let found = ask_for(&world, &other);
    assert_eq!(found.status, 404);
    assert!(found.body["message"].as_str().unwrap().contains("'payments': this stack scales 'orders'"));
    let gone = World { exists: false, ..quiet() };
    for method in [Method::Get, Method::Patch(r#"{"desiredCapacity": 8}"#.to_owned())] {
        let found = ask(&gone, method);
        assert_eq!(found.status, 404);
        assert!(
            found.body["message"].as_str().unwrap().starts_with("failed to find the application 'orders'")
        );
    }
    assert_eq!((*world.started.borrow()).len() + gone.started.borrow().len(), 0);
}

#[test]
fn a_request_is_parsed_from_an_event_of_api_gateway() {
    let event = |method: &str| {
        json!({
            "httpMethod": method, "body": "{\"desiredCapacity\": 8.0}",
            "pathParameters": {"scalableTargetDimensionId": "orders"},
            "requestContext": {"requestId": "$chosen by the client"},
        })
    };
    let request = |method| Ok(Request { method, target: "orders".to_owned(), id: "1a-2b".to_owned() });
    assert_eq!(Request::parse(&event("GET"), "1a-2b"), request(Method::Get));
    assert_eq!(
        Request::parse(&event("PATCH"), "1a-2b"),
        request(Method::Patch("{\"desiredCapacity\": 8.0}".to_owned()))
    );
    assert!(Request::parse(&event("DELETE"), "1a-2b").unwrap_err().contains("GET or PATCH, not 'DELETE'"));
    assert!(
        Request::parse(&json!({"httpMethod": "GET"}), "1a-2b")
            .unwrap_err()
            .contains("names no scalable target")
    );
}
