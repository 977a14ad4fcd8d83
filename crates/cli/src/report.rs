//! The report: one HTML file that needs nothing else.

use crate::Failure;
use serde_json::Value;
use std::io::Write;
use std::path::Path;

const PAGE: &str = include_str!("report/report.html");
const STYLE: &str = include_str!("report/report.css");
const DRAWING: &str = include_str!("report/drawing.js");
const PLOTS: &str = include_str!("report/plots.js");
const STREAM: &str = include_str!("report/stream.js");
const SCRIPT: &str = include_str!("report/report.js");

/// Returns the page with its data.
pub(crate) fn page(data: &Value) -> String {
    // No text in the data can end the script element that holds it.
    let data = data.to_string().replace('<', "\\u003c");
    PAGE.replace("/*STYLE*/", STYLE)
        .replace("/*DRAWING*/", DRAWING)
        .replace("/*PLOTS*/", PLOTS)
        .replace("/*STREAM*/", STREAM)
        .replace("/*SCRIPT*/", SCRIPT)
        .replace("/*DATA*/null", &data)
}

/// Writes a report, and prints its path.
pub(crate) fn write(path: &Path, page: &str, quiet: bool, output: &mut impl Write) -> Result<(), Failure> {
    std::fs::write(path, page).map_err(|error| Failure::unwritten("report", path, &error))?;
    if !quiet {
        writeln!(output, "\nThe report with plots: {}", path.display())?;
    }
    Ok(())
}

/// Escapes text for HTML and SVG, also inside quotes.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
