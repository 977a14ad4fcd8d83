//! `kpu parameters`: asks for the required parameters of a stack, checks them, and writes them for its deployment.

use crate::Failure;
use crate::arguments::ParametersArguments;
use crate::overrides::{assignment, is_plain};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{self, BufRead, ErrorKind, Write};
use std::path::Path;
use tasks::{POLICY_PARAMETERS, Policy, PolicyText, SCALE_METRICS, needed_parameters, unused};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The parameters that every stack needs, each with its option, its meaning, and the answer of an empty line.
const REQUIRED: [(&str, &str, &str, &str); 5] = [
    ("ApplicationName", "--application", "application to scale", ""),
    ("ScaleMetric", "--scale-metric", "metric on which to scale", "containerCPUUtilization"),
    ("MinKpu", "--min-kpu", "smallest number of KPUs", "1"),
    ("MaxKpu", "--max-kpu", "largest number of KPUs, for which you want to pay", "32"),
    ("NotificationEmail", "--email", "address to notify, or nothing for none", ""),
];

/// The longest name of an application. Source: MSF API reference, `ApplicationName`.
const LONGEST_NAME: usize = 128;

/// The parameters with their values, in the order of the questions.
type Values = Vec<(String, String)>;

/// Runs the command.
pub(crate) fn parameters(arguments: &ParametersArguments) -> Result<(), Failure> {
    let mut values = given(arguments)?;
    let mut answers = io::stdin().lock();
    for (name, option, meaning, default) in REQUIRED {
        ask(&mut values, &mut answers, (name, option, meaning, default))?;
    }
    let is_by_demand = value(&values, "ScalingOperation") == "Demand";
    let metric = value(&values, "ScaleMetric").to_owned();
    for (name, meaning) in needed_parameters(&metric, is_by_demand).unwrap_or_default() {
        ask(&mut values, &mut answers, (name, &format!("--set {name}=..."), meaning, ""))?;
    }
    // The required parameters first, and no empty one, because its default is empty.
    values.sort_by_key(|(name, _)| {
        REQUIRED.iter().position(|(required, ..)| required == name).unwrap_or(REQUIRED.len())
    });
    values.retain(|(_, value)| !value.is_empty());
    check_policy(&values)?;
    check_use(&values)?;
    let stack =
        arguments.stack.clone().unwrap_or_else(|| format!("{}-scaling", value(&values, "ApplicationName")));
    let mut output = io::stdout().lock();
    if let Some(path) = &arguments.output {
        write_file(path, &samconfig(&stack, &values))?;
    }
    match (&arguments.output, arguments.json) {
        (_, true) => {
            let values: Map<String, Value> =
                values.into_iter().map(|(name, value)| (name, value.into())).collect();
            writeln!(output, "{:#}", json!({"stack": stack, "parameters": values}))?;
        }
        (Some(path), false) => writeln!(
            output,
            "The parameters of the stack {stack}: {}\nDeploy it: sam build && sam deploy --config-file {}",
            path.display(),
            path.display()
        )?,
        (None, false) => writeln!(output, "{}", overrides(&values))?,
    }
    Ok(output.flush()?)
}

/// Returns the values of the options.
fn given(arguments: &ParametersArguments) -> Result<Values, Failure> {
    let options = [
        &arguments.application,
        &arguments.scale_metric,
        &arguments.min_kpu,
        &arguments.max_kpu,
        &arguments.email,
    ];
    let mut values = Values::new();
    for ((name, ..), option) in REQUIRED.iter().zip(options) {
        if let Some(value) = option {
            values.push(checked(name, value)?);
        }
    }
    for assignment in &arguments.set {
        let Some((name, value)) = assignment.split_once('=') else {
            return refuse(format!(
                "--set {assignment} is not of the form NAME=VALUE; write it as --set Mode=observe"
            ));
        };
        if !TEMPLATE.contains(&format!("\n  {name}:\n    Type: ")) {
            return refuse(format!(
                "--set {assignment} names no parameter of the template; docs/reference/parameters.md lists them"
            ));
        }
        if values.iter().any(|(given, _)| given == name) {
            return refuse(format!("{name} is set twice; set it once"));
        }
        values.push(checked(name, value)?);
    }
    Ok(values)
}

/// Asks for a parameter that has no value yet. An invalid answer is explained, and the question is repeated.
fn ask(
    values: &mut Values,
    answers: &mut impl BufRead,
    (name, option, meaning, default): (&str, &str, &str, &str),
) -> Result<(), Failure> {
    if values.iter().any(|(given, _)| given == name) {
        return Ok(());
    }
    let mut questions = io::stderr().lock();
    loop {
        let shown = if default.is_empty() { String::new() } else { format!(" [{default}]") };
        write!(questions, "{name} ({meaning}){shown}: ")?;
        questions.flush()?;
        let mut line = String::new();
        if answers.read_line(&mut line)? == 0 {
            writeln!(questions)?;
            return refuse(format!(
                "{name} has no value, because the input ended; answer the question or set {option}"
            ));
        }
        let answer = line.trim();
        match checked(name, if answer.is_empty() { default } else { answer }) {
            Ok(value) => {
                values.push(value);
                return Ok(());
            }
            Err(failure) => writeln!(questions, "{failure}")?,
        }
    }
}

/// Checks a value by itself. The policy checks the values together.
fn checked(name: &str, value: &str) -> Result<(String, String), Failure> {
    if value.contains(['"', '\'', '\\', '\n']) {
        return refuse(format!(
            "{name} is '{value}', which has a quotation mark, a backslash or a line break; leave them out"
        ));
    }
    let is_name =
        |value: &str| value.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter));
    match name {
        "ApplicationName" if value.is_empty() || value.len() > LONGEST_NAME || !is_name(value) => {
            refuse(format!(
                "ApplicationName is '{value}', which is no name of an application; set 1 to {LONGEST_NAME} of the characters a-z A-Z 0-9 _ . -"
            ))
        }
        "ScaleMetric" if needed_parameters(value, false).is_none() => {
            let metrics: Vec<&str> = SCALE_METRICS.iter().map(|(metric, _)| *metric).collect();
            refuse(format!(
                "ScaleMetric is '{value}', which is no metric of an application; set one of {}",
                metrics.join(", ")
            ))
        }
        "NotificationEmail" if !value.is_empty() && !is_email(value) => refuse(format!(
            "NotificationEmail is '{value}', which is no e-mail address; set an address such as team@example.com"
        )),
        "Target" if value != "application" => refuse(format!(
            "Target is '{value}', and this command writes the parameters of an application; docs/how-to/scale-a-stream.md has those of a stream"
        )),
        _ => Ok((name.to_owned(), value.to_owned())),
    }
}

fn is_email(value: &str) -> bool {
    let parts: Vec<&str> = value.split('@').collect();
    matches!(parts[..], [name, host] if !name.is_empty() && !host.is_empty()) && !value.contains(' ')
}

/// Parses the policy as the tasks parse it from the template.
fn check_policy(values: &Values) -> Result<(), Failure> {
    let is_known = |name: &str| POLICY_PARAMETERS.iter().any(|parameter| parameter.name == name);
    let defaults = POLICY_PARAMETERS.iter().map(|parameter| (parameter.name, parameter.default));
    let set =
        values.iter().filter(|(name, _)| is_known(name)).map(|(name, value)| (name.as_str(), value.as_str()));
    let stream = value(values, "KinesisStreamName");
    let policy = PolicyText::default().with(defaults).with(set).with([
        ("ApplicationName", value(values, "ApplicationName")),
        ("KinesisStreamName", stream),
        // The stack creates these alarms.
        ("ScaleOutAlarm", "scale-out"),
        ("ScaleInAlarm", "scale-in"),
        ("LoadAlarm", "no-load"),
        ("BudgetAlarm", "over-budget"),
    ]);
    let policy = Policy::parse(&policy);
    policy.map(|_| ()).map_err(|error| {
        let message = error.to_string();
        Failure::Input(
            message.strip_prefix("failed to read the policy: ").map_or(message.clone(), str::to_owned),
        )
    })
}

/// Refuses a parameter that cannot act with the others.
fn check_use(values: &Values) -> Result<(), Failure> {
    let given = values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let first = unused(given.clone(), |wanted| {
        given.clone().find(|(name, _)| *name == wanted).map(|(_, value)| value)
    })
    .next();
    first.map_or(Ok(()), |unused| refuse(unused.to_string()))
}

/// Returns the value of a parameter, which is empty if it has none.
fn value<'a>(values: &'a Values, name: &str) -> &'a str {
    values.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value)
}

/// Returns the values in the form of `--parameter-overrides`.
fn overrides(values: &Values) -> String {
    values.iter().map(|(name, value)| assignment(name, value)).collect::<Vec<_>>().join(" ")
}

/// Returns a file for `sam deploy`.
fn samconfig(stack: &str, values: &Values) -> String {
    let row = |(name, value): &(String, String)| {
        let quote = if is_plain(value) { "" } else { "'" };
        format!("    \"{name}={quote}{value}{quote}\",")
    };
    let rows: Vec<String> = values.iter().map(row).collect();
    format!(
        "# sam build && sam deploy\nversion = 0.1\n\n[default.deploy.parameters]\nstack_name = \"{stack}\"\nresolve_s3 = true\n\
         capabilities = \"CAPABILITY_IAM\"\nparameter_overrides = [\n{}\n]\n",
        rows.join("\n")
    )
}

/// Writes a file that does not exist yet.
fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::Input(format!(
            "--output {} names a file that exists, which may have parameters of yours; name another file, or delete it",
            path.display()
        )),
        _ => Failure::unwritten("file", path, &error),
    })
}

fn refuse<T>(message: String) -> Result<T, Failure> {
    Err(Failure::Input(message))
}
