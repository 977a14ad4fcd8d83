//! Runs the binaries as Lambda does: with a handler's name, invocations through the Runtime API, and calls to AWS through the SDK. Small
//! servers on this machine stand in for the Runtime API and AWS.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// A service's response: status, headers, body.
type Answer = (u16, String, Vec<u8>);

/// A request: its first line and headers in lower case, and its body.
struct Request {
    head: String,
    body: Vec<u8>,
}

/// Serves on a free port until the end of the test. Each connection is answered once and closed.
fn serve(answer: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = std::sync::Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            thread::spawn(move || handle(&mut stream.unwrap(), answer.as_ref()));
        }
    });
    address
}

fn handle(stream: &mut TcpStream, answer: &dyn Fn(&Request) -> Option<Answer>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap() > 2 {}
    let head = head.to_lowercase();
    let length =
        head.split("content-length: ").nth(1).map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    match answer(&Request { head, body }) {
        Some((status, headers, body)) => {
            let head = format!(
                "HTTP/1.1 {status} Any\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).unwrap();
        }
        // No further invocation: the runtime waits until the test is over.
        None => drop(reader.read(&mut [0])),
    }
}

/// The function's process, which ends with the test.
struct Function(Child);

impl Drop for Function {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Invokes the handler once with a payload and these responses of AWS. Returns the report to the Runtime API, and its kind.
fn invoke(
    handler: &str,
    payload: Value,
    aws: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
) -> (String, Value) {
    let (end, answer, _) = invoke_and_log(handler, payload, aws);
    (end, answer)
}

/// Invokes the handler like [`invoke`], and also returns the log.
fn invoke_and_log(
    handler: &str,
    payload: Value,
    aws: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
) -> (String, Value, String) {
    run_and_log(env!("CARGO_BIN_EXE_kpu-autoscaler"), handler, &[], payload, aws)
}

/// Invokes a binary like [`invoke_and_log`], with additional environment variables.
fn run_and_log(
    program: &str,
    handler: &str,
    environment: &[(&str, &str)],
    payload: Value,
    aws: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
) -> (String, Value, String) {
    let (report, reported) = channel::<(String, Value)>();
    let runtime = runtime(payload, report);
    let child = Command::new(program)
        .env_clear()
        .envs(environment.iter().copied())
        .env("_HANDLER", handler)
        .env("AWS_LAMBDA_RUNTIME_API", runtime)
        .env("AWS_LAMBDA_FUNCTION_NAME", "function")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_SESSION_TOKEN", SECRET)
        .env("AWS_ENDPOINT_URL", format!("http://{}", serve(aws)))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut function = Function(child);
    let (end, answer) = reported.recv().unwrap();
    let mut stdout = function.0.stdout.take().unwrap();
    drop(function);
    let mut log = String::new();
    stdout.read_to_string(&mut log).unwrap();
    (end, answer, log)
}

/// The Runtime API with a single invocation.
fn runtime(payload: Value, report: Sender<(String, Value)>) -> String {
    let waiting = std::sync::Mutex::new(Some(payload));
    serve(move |request| {
        if request.head.contains("/invocation/next") {
            let payload = waiting.lock().unwrap().take()?;
            let headers =
                "lambda-runtime-aws-request-id: one\r\nlambda-runtime-deadline-ms: 9999999999999\r\n";
            return Some((200, headers.to_owned(), payload.to_string().into_bytes()));
        }
        let end = if request.head.contains("/invocation/one/response") { "response" } else { "error" };
        report.send((end.to_owned(), serde_json::from_slice(&request.body).unwrap())).unwrap();
        Some((202, String::new(), b"{}".to_vec()))
    })
}

/// A secret that must not be in the log.
const SECRET: &str = "hush-hush";

fn policy() -> Value {
    json!({
        "ApplicationName": "orders", "ScaleOutAlarm": "orders-out", "ScaleInAlarm": "orders-in", "ScaleInMaxLag": "",
        "MinKpu": "1", "MaxKpu": "10", "MaxParallelism": "", "ScalingOperation": "Multiply/Divide",
        "ScaleOutFactor": "2", "ScaleInFactor": "2", "GracePeriodSeconds": "300", "PollIntervalSeconds": "15",
        "UpdateTimeoutMinutes": "30", "HeartbeatMinutes": "5", "FailurePauseMinutes": "30", "LagObjectiveSeconds": "60",
    })
}

fn scale_payload() -> Value {
    json!({"now": "2027-01-15T08:00:00.000Z", "run": {"check": {"verdict": "Breaching", "graceSeconds": 300, "call": {"kind": "Alarm", "direction": "Out"}, "why": "cpu is 91 > 80", "policy": policy()}}})
}

/// The responses of MSF for an application with four KPUs and no operations.
fn msf(request: &Request) -> Option<Answer> {
    let ok = |body: Value| {
        Some((200, "content-type: application/x-amz-json-1.1\r\n".to_owned(), body.to_string().into_bytes()))
    };
    let detail = |status: &str| {
        json!({
            "ApplicationARN": "arn", "ApplicationName": "orders", "RuntimeEnvironment": "FLINK-1_20",
            "ApplicationStatus": status, "ApplicationVersionId": 7,
            "ApplicationConfigurationDescription": {"FlinkApplicationConfigurationDescription": {
                "ParallelismConfigurationDescription": {"CurrentParallelism": 4, "ParallelismPerKPU": 1}}},
        })
    };
    if request.head.contains(".listapplicationoperations") {
        return ok(json!({"ApplicationOperationInfoList": []}));
    }
    if request.head.contains(".updateapplication") {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["CurrentApplicationVersionId"], 7);
        return ok(json!({"ApplicationDetail": detail("UPDATING"), "OperationId": "op-1"}));
    }
    ok(json!({"ApplicationDetail": detail("RUNNING")}))
}

#[test]
fn scale_starts_an_update_and_answers_with_the_operation() {
    let (end, answer) = invoke("scale", scale_payload(), msf);
    assert_eq!(end, "response", "{answer}");
    assert_eq!(answer["verdict"], "Scaling");
    assert_eq!(answer["update"]["to"], json!({"units": 8, "parallelism": 8}));
    assert_eq!((&answer["update"]["operation"], &answer["waitSeconds"]), (&json!("op-1"), &json!(15)));
}

/// One line has the decision and its reason, one has the metrics for CloudWatch, and no line has a secret.
#[test]
fn the_log_has_the_decision_and_the_metrics() {
    let (_, answer, log) = invoke_and_log("scale", scale_payload(), msf);
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [decision, metrics] = lines.as_slice() else { panic!("{log}") };
    assert_eq!((&decision["task"], &decision["verdict"]), (&json!("scale"), &json!("Scaling")));
    assert_eq!(decision["why"], answer["why"]);
    assert_eq!((&metrics["Application"], &metrics["PinnedAtMaximum"]), (&json!("orders"), &json!(0.0)));
    assert_eq!(metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"], "KpuAutoscaler");

    let denied = |_: &Request| {
        let body = json!({"__type": "AccessDeniedException", "Message": "no"});
        Some((400, String::new(), body.to_string().into_bytes()))
    };
    let (_, _, log_of_failure) = invoke_and_log("scale", scale_payload(), denied);
    assert!(
        log_of_failure.contains("AccessDenied") && log_of_failure.contains("\"Unreadable\":1.0"),
        "{log_of_failure}"
    );
    assert!(!log.contains(SECRET) && !log_of_failure.contains(SECRET));
}

#[test]
fn an_error_reaches_the_state_machine_by_the_name_it_knows() {
    for (status, code, name) in
        [(400, "ThrottlingException", "Retryable"), (400, "AccessDeniedException", "Fatal")]
    {
        let answer = move |_: &Request| {
            Some((status, String::new(), json!({"__type": code, "Message": "no"}).to_string().into_bytes()))
        };
        let (end, error) = invoke("scale", scale_payload(), answer);
        assert_eq!((end.as_str(), &error["errorType"]), ("error", &json!(name)), "{error}");
        let message = error["errorMessage"].as_str().unwrap();
        assert!(
            message.starts_with("failed to describe the application 'orders'") && message.contains(code),
            "{message}"
        );
    }
}

#[test]
fn check_reports_a_missing_alarm() {
    let payload = json!({
        "now": "2027-01-15T08:00:00.000Z", "startedAt": "2027-01-15T08:00:00.000Z", "policy": policy(), "run": {},
    });
    // An empty CBOR map: no alarm of these names.
    let none = |_: &Request| {
        Some((
            200,
            "content-type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor\r\n".to_owned(),
            vec![0xbf, 0xff],
        ))
    };
    let (end, error) = invoke("check", payload, none);
    assert_eq!((end.as_str(), &error["errorType"]), ("error", &json!("Fatal")));
    assert!(error["errorMessage"].as_str().unwrap().contains("'orders-out'"), "{error}");
}

#[test]
fn an_invalid_payload_and_an_unknown_handler_are_rejected() {
    let (end, error) = invoke("poll", json!({"unheard": "of"}), |_| None);
    assert_eq!((end.as_str(), &error["errorType"]), ("error", &json!("Fatal")));
    assert!(
        error["errorMessage"].as_str().unwrap().starts_with("failed to read the payload of 'poll'"),
        "{error}"
    );

    let output = Command::new(env!("CARGO_BIN_EXE_kpu-autoscaler"))
        .env_clear()
        .env("_HANDLER", "main")
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not check, scale or poll"));
}

#[test]
fn the_scalable_target_api_names_a_missing_variable() {
    let output = Command::new(env!("CARGO_BIN_EXE_kpu-scalable-target"))
        .env_clear()
        .env("AWS_REGION", "eu-central-1")
        .env("TARGET", "application")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("the environment variable RESOURCE_NAME is missing"), "{error}");
}

#[test]
fn the_scalable_target_api_answers_a_request_by_the_protocol() {
    let event = json!({"httpMethod": "GET", "pathParameters": {"scalableTargetDimensionId": "payments"}});
    let environment = [("TARGET", "application"), ("RESOURCE_NAME", "orders"), ("STATE_MACHINE_ARN", "arn")];
    let program = env!("CARGO_BIN_EXE_kpu-scalable-target");
    let (end, answer, log) = run_and_log(program, "scalable-target", &environment, event, |_| None);
    assert_eq!((end.as_str(), &answer["statusCode"]), ("response", &json!(404)), "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert!(body["message"].as_str().unwrap().contains("this stack scales 'orders'"), "{body}");
    let line: Value = serde_json::from_str(log.trim()).unwrap();
    assert_eq!((&line["task"], &line["status"]), (&json!("scalable-target"), &json!(404)));
}
