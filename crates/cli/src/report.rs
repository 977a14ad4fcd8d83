//! The report: one HTML file that needs nothing else.

use serde_json::Value;

const PAGE: &str = include_str!("report/report.html");
const STYLE: &str = include_str!("report/report.css");
const DRAWING: &str = include_str!("report/drawing.js");
const PLOTS: &str = include_str!("report/plots.js");
const SCRIPT: &str = include_str!("report/report.js");

/// The page with its data in it.
pub(crate) fn page(data: &Value) -> String {
    // No text in the data can end the script element that holds it.
    let data = data.to_string().replace('<', "\\u003c");
    PAGE.replace("/*STYLE*/", STYLE)
        .replace("/*DRAWING*/", DRAWING)
        .replace("/*PLOTS*/", PLOTS)
        .replace("/*SCRIPT*/", SCRIPT)
        .replace("/*DATA*/null", &data)
}
