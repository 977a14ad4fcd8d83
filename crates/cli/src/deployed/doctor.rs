//! `kpu doctor`.

use super::{
    EXAMINED_RUNS, counted, document, heading, mark, place, read_all, separate, target, write_documents,
    write_overviews,
};
use crate::Failure;
use crate::arguments::DoctorArguments;
use deployment::{Facts, Finding, Level, Overview, Target, examine};
use serde_json::json;
use std::io::{self, Write};

/// Runs the command.
pub(crate) fn doctor(arguments: &DoctorArguments) -> Result<(), Failure> {
    let (is_all, arguments) = (arguments.all, &arguments.deployed);
    let target = if is_all { Target::All } else { target(arguments) };
    let all = read_all(arguments, &target, EXAMINED_RUNS, &async |_, _| Ok(()))?;
    let examined = |(facts, ()): (Facts, ())| {
        let findings = examine(&facts);
        (facts, findings)
    };
    let all: Vec<(Facts, Vec<Finding>)> = all.into_iter().map(examined).collect();
    let mut output = io::stdout().lock();
    if arguments.json {
        let documents = all.iter().map(|(facts, findings)| {
            let own = facts.stack.as_ref().map(|stack| stack.own_cost.total());
            document(facts, json!({"findings": findings, "ownDollarsAMonth": own}))
        });
        write_documents(is_all || all.len() > 1, &documents.collect::<Vec<_>>(), &mut output)?;
    } else if is_all {
        let lines = all.iter().map(|(facts, findings)| Overview::of_findings(facts, findings));
        let place = all.first().map_or(String::new(), |(facts, _)| place(facts));
        write_overviews(lines.collect(), &place, &mut output)?;
        writeln!(output, "\nkpu doctor --stack NAME has the findings and their remedies")?;
    } else {
        for (index, (facts, findings)) in all.iter().enumerate() {
            separate(index, &mut output)?;
            writeln!(output, "{}\n", heading(facts))?;
            for finding in findings {
                write(finding, &mut output)?;
            }
            writeln!(output, "\n{}", summary(findings))?;
            if let Some(stack) = &facts.stack {
                writeln!(output, "{}", stack.own_cost.in_words())?;
            }
        }
    }
    output.flush()?;
    let mut findings = all.iter().flat_map(|(_, findings)| findings);
    if findings.any(|finding| finding.level == Level::Problem) {
        return Err(Failure::Problems);
    }
    Ok(())
}

fn write(finding: &Finding, output: &mut impl Write) -> io::Result<()> {
    writeln!(output, "{}  {:<17} {}", mark(finding.level), finding.check, finding.message)?;
    if let Some(remedy) = &finding.remedy {
        writeln!(output, "{:27}→ {remedy}", "")?;
    }
    Ok(())
}

fn summary(findings: &[Finding]) -> String {
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (problems, warnings) = (count(Level::Problem), count(Level::Warning));
    format!(
        "{}: {}, {}",
        counted(findings.len(), "finding"),
        counted(problems, "problem"),
        counted(warnings, "warning")
    )
}
