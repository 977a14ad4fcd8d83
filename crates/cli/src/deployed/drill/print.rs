//! Prints the links of a drill.

use deployment::{Link, Outcome};
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
