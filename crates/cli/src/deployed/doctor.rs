//! `kpu doctor`.

use super::{heading, read};
use crate::Failure;
use crate::arguments::DeployedArguments;
use deployment::{Finding, Level, examine};
use serde_json::json;
use std::io::{self, Write};

/// The number of last runs that the doctor checks.
const RUNS: usize = 20;

/// Runs the command.
pub(crate) fn doctor(arguments: &DeployedArguments) -> Result<(), Failure> {
    let (facts, ()) = read(arguments, RUNS, async |_, _| Ok(()))?;
    let findings = examine(&facts);
    let mut output = io::stdout().lock();
    if arguments.json {
        let stack = facts.stack.as_ref().map(|stack| &stack.name);
        let document = json!({"application": facts.application_name, "stack": stack, "findings": findings});
        writeln!(output, "{document:#}")?;
    } else {
        writeln!(output, "{}\n", heading(&facts))?;
        for finding in &findings {
            write(finding, &mut output)?;
        }
        writeln!(output, "\n{}", summary(&findings))?;
    }
    output.flush()?;
    if findings.iter().any(|finding| finding.level == Level::Problem) {
        return Err(Failure::Problems);
    }
    Ok(())
}

fn write(finding: &Finding, output: &mut impl Write) -> io::Result<()> {
    let mark = match finding.level {
        Level::Good => "good   ",
        Level::Warning => "warning",
        Level::Problem => "PROBLEM",
    };
    writeln!(output, "{mark}  {:<17} {}", finding.check, finding.message)?;
    if let Some(remedy) = &finding.remedy {
        writeln!(output, "{:27}→ {remedy}", "")?;
    }
    Ok(())
}

fn summary(findings: &[Finding]) -> String {
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (problems, warnings) = (count(Level::Problem), count(Level::Warning));
    let some = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    format!(
        "{}: {}, {}",
        some(findings.len(), "finding"),
        some(problems, "problem"),
        some(warnings, "warning")
    )
}
