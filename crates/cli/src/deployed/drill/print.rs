//! Prints the links and the assumptions of a drill.

use deployment::{Assumption, Facts, Held, Link, Outcome};
use std::io::{self, Write};

/// Writes the links as text: outcome, link, time in UTC, observation, and the remedy on a line of its own.
pub(super) fn text(links: &[Link], output: &mut impl Write) -> io::Result<()> {
    for link in links {
        let mark = match link.outcome {
            Outcome::Passed => "passed ",
            Outcome::Failed => "FAILED ",
            Outcome::Unknown => "unknown",
        };
        let at = link.at.map_or(String::new(), |at| at.strftime("%H:%M:%S%.3fZ").to_string());
        writeln!(output, "{mark}  {:<17}  {at:<13}  {}", link.link, link.message)?;
        if let Some(remedy) = &link.remedy {
            writeln!(output, "{:43}→ {remedy}", "")?;
        }
    }
    let count = |outcome| links.iter().filter(|link| link.outcome == outcome).count();
    let [passed, failed, unknown] = [Outcome::Passed, Outcome::Failed, Outcome::Unknown].map(count);
    writeln!(output, "\n{} links: {passed} passed, {failed} failed, {unknown} unknown", links.len())
}

/// Writes the assumptions as a table of Markdown, without a name and without an account.
pub(super) fn table(facts: &Facts, assumptions: &[Assumption], output: &mut impl Write) -> io::Result<()> {
    let region = facts.stack.as_ref().and_then(|stack| stack.arn.split(':').nth(3)).unwrap_or_default();
    let (version, day) = (env!("CARGO_PKG_VERSION"), facts.now.strftime("%Y-%m-%d"));
    writeln!(output, "\nPlease paste this table into an issue. It has no names and no account number.\n")?;
    writeln!(
        output,
        "kpu {version} in {region} on {day}\n\n| assumption | result | observed |\n|---|---|---|"
    )?;
    for Assumption { assumption, result, observed } in assumptions {
        let result = match result {
            Held::Held => "held",
            Held::Refuted => "REFUTED",
            Held::Observed => "observed",
            Held::NotObserved => "not observed",
        };
        writeln!(output, "| {assumption} | {result} | {observed} |")?;
    }
    Ok(())
}
