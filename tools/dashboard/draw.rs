//! Draws a dashboard as a picture: the JSON that the template gives to CloudWatch, laid out on its grid, with the metrics of a simulated
//! day. A widget without simulated metrics says so. `tests/template/picture.rs` writes the pictures of the documentation with it.

mod simulated;

pub(crate) use simulated::Simulated;

use serde_json::Value;
use simulator::TimelineEvent;
use std::fmt::Write as _;

const COLUMN: f64 = 46.0;
const ROW: f64 = 30.0;
const GAP: f64 = 8.0;
const COLOURS: [&str; 5] = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e"];

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns a number for the scale of a plot.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.0}M", value / 1e6),
        value if value >= 1e4 => format!("{:.0}k", value / 1e3),
        value if value >= 10.0 || value.fract().abs() < 0.05 => format!("{value:.0}"),
        value => format!("{value:.1}"),
    }
}

/// Returns the picture of these widgets as SVG.
pub(crate) fn picture(widgets: &[Value], simulated: &Simulated) -> String {
    let mut drawn = String::new();
    let (mut x, mut y, mut height) = (0, 0, 0);
    for widget in widgets {
        let (width, own_height) = (widget["width"].as_u64().unwrap(), widget["height"].as_u64().unwrap());
        if x + width > 24 {
            (x, y, height) = (0, y + height, 0);
        }
        let place = [x, y, width, own_height].map(|units| f64::from(u32::try_from(units).unwrap()));
        draw(widget, place, simulated, &mut drawn);
        (x, height) = (x + width, height.max(own_height));
    }
    let (width, height) = (24.0 * COLUMN, f64::from(u32::try_from(y + height).unwrap()) * ROW);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>The dashboard that the template makes, with a simulated day</title>
<style>
  text {{ font: 11px system-ui, sans-serif; fill: #16191f; }} .title {{ font-weight: 600; font-size: 12.5px; }} .soft {{ fill: #687078; }} .end {{ text-anchor: end; }}
  .box {{ fill: #fff; stroke: #d5dbdb; }} .grid {{ stroke: #eaeded; }} .line {{ fill: none; stroke-width: 1.3; }} .threshold {{ stroke: #d13212; stroke-dasharray: 4 3; }}
</style>
<rect width="100%" height="100%" fill="#f2f3f3"/>
{drawn}</svg>
"##
    )
}

fn draw(widget: &Value, [x, y, width, height]: [f64; 4], simulated: &Simulated, out: &mut String) {
    let (left, top) = (x * COLUMN + GAP / 2.0, y * ROW + GAP / 2.0);
    let (width, height) = (width * COLUMN - GAP, height * ROW - GAP);
    let properties = &widget["properties"];
    let text = |out: &mut String, class: &str, dx: f64, dy: f64, words: &str| {
        writeln!(
            out,
            r#"<text class="{class}" x="{:.1}" y="{:.1}">{}</text>"#,
            left + dx,
            top + dy,
            escaped(words)
        )
        .unwrap();
    };
    writeln!(
        out,
        r#"<rect class="box" x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}" rx="3"/>"#
    )
    .unwrap();
    if let Some(markdown) = properties["markdown"].as_str() {
        let (heading, rest) = markdown.split_once('\n').unwrap();
        text(out, "title", 12.0, 20.0, heading.trim_start_matches("# "));
        let plain = rest.replace("**", "").replace("[Its executions]", "Its executions");
        let plain = plain.split('(').next().unwrap().to_owned() + plain.rsplit(')').next().unwrap();
        text(out, "", 12.0, 38.0, &plain);
        return;
    }
    text(out, "title", 12.0, 20.0, properties["title"].as_str().unwrap());
    match widget["type"].as_str().unwrap() {
        "alarm" => {
            for (index, alarm) in properties["alarms"].as_array().unwrap().iter().enumerate() {
                let name = alarm.as_str().unwrap().rsplit(':').next().unwrap();
                let (dx, dy) = (
                    14.0 + f64::from(u8::try_from(index % 2).unwrap()) * width / 2.0,
                    44.0 + f64::from(u8::try_from(index / 2).unwrap()) * 26.0,
                );
                writeln!(
                    out,
                    r##"<circle cx="{:.1}" cy="{:.1}" r="5" fill="#1d8102"/>"##,
                    left + dx,
                    top + dy - 4.0
                )
                .unwrap();
                text(out, "", dx + 12.0, dy, name);
            }
        }
        "log" => {
            let heads = ["time", "from", "to", "outcome", "because"];
            let columns = [14.0, 90.0, 140.0, 190.0, 320.0];
            for (head, dx) in heads.iter().zip(columns) {
                text(out, "soft", dx, 42.0, head);
            }
            let scalings = simulated.of_the_day().filter_map(|(minute, what)| match what {
                TimelineEvent::Scaling { from, to, why, .. } => Some((minute, *from, *to, why)),
                _ => None,
            });
            let scalings: Vec<_> = scalings.collect();
            for (index, (minute, from, to, why)) in scalings.into_iter().rev().take(8).enumerate() {
                let dy = 62.0 + f64::from(u8::try_from(index).unwrap()) * 19.0;
                let cells = [
                    format!("{:02}:{:02}", minute / 60, minute % 60),
                    from.to_string(),
                    to.to_string(),
                    simulated.outcome().to_owned(),
                    why.clone(),
                ];
                for (cell, dx) in cells.iter().zip(columns) {
                    text(out, "", dx, dy, cell);
                }
            }
        }
        _ => plot(widget, [left, top, width, height], simulated, out),
    }
}

fn plot(widget: &Value, [left, top, width, height]: [f64; 4], simulated: &Simulated, out: &mut String) {
    let lines = simulated.lines(widget);
    let properties = &widget["properties"];
    let (from, to, ceiling) = (left + 44.0, left + width - 12.0, top + 32.0);
    let legend = legend(lines.iter().map(|(label, ..)| label.as_str()), from, to);
    let ground = top + height - 34.0 - legend.last().map_or(0.0, |(_, below)| *below);
    if lines.is_empty() {
        writeln!(
            out,
            r#"<text class="soft" x="{from:.1}" y="{:.1}">not simulated</text>"#,
            f64::midpoint(ceiling, ground)
        )
        .unwrap();
        return;
    }
    let threshold = properties["annotations"]["horizontal"][0]["value"].as_f64();
    let largest = lines
        .iter()
        .flat_map(|(_, _, values)| values.iter().flatten())
        .copied()
        .fold(threshold.unwrap_or(0.0), f64::max);
    let most = properties["yAxis"]["left"]["max"].as_f64().unwrap_or(1.1 * largest).max(1.0);
    let height_of = |value: f64| ground - (ground - ceiling) * (value / most).min(1.0);
    for share in [0.0, 0.5, 1.0] {
        let at = height_of(share * most);
        writeln!(out, r#"<path class="grid" d="M{from:.1} {at:.1}H{to:.1}"/><text class="soft end" x="{:.1}" y="{:.1}">{}</text>"#, from - 5.0, at + 4.0, short(share * most)).unwrap();
    }
    for (index, (label, colour, values)) in lines.iter().enumerate() {
        let colour = colour.as_deref().unwrap_or(COLOURS[index % COLOURS.len()]);
        let mut path = String::new();
        let mut joined = false;
        // A picture has about one pixel for five minutes, and shows their maximum.
        for (slot, chunk) in values.chunks(5).enumerate() {
            let value = chunk.iter().flatten().copied().reduce(f64::max);
            if let Some(value) = value {
                let at = from
                    + (to - from) * f64::from(u32::try_from(slot).unwrap())
                        / f64::from(u32::try_from(values.len() / 5).unwrap());
                write!(path, "{}{at:.1} {:.1}", if joined { "L" } else { "M" }, height_of(value)).unwrap();
            }
            joined = value.is_some();
        }
        writeln!(out, r#"<path class="line" stroke="{colour}" d="{path}"/>"#).unwrap();
        let (at, below) = legend[index];
        let (name, base) = (at + 12.0, ground + 24.0 + below);
        writeln!(out, r#"<rect x="{at:.1}" y="{:.1}" width="8" height="8" fill="{colour}"/><text x="{name:.1}" y="{base:.1}">{}</text>"#, base - 8.0, escaped(label)).unwrap();
    }
    if let Some(threshold) = threshold {
        writeln!(out, r#"<path class="threshold" d="M{from:.1} {0:.1}H{to:.1}"/>"#, height_of(threshold))
            .unwrap();
    }
}

/// The places of the labels of a legend: from the left, and in as many rows as they need. Each has its distance from the left and from the
/// first row.
fn legend<'a>(labels: impl Iterator<Item = &'a str>, from: f64, to: f64) -> Vec<(f64, f64)> {
    /// The mean width of a letter of a legend, with some to spare.
    const LETTER: f64 = 6.5;
    const LINE: f64 = 14.0;
    let (mut at, mut below) = (from, 0.0);
    labels
        .map(|label| {
            let width = 26.0 + LETTER * f64::from(u32::try_from(label.chars().count()).unwrap());
            if at > from && at + width > to + 14.0 {
                (at, below) = (from, below + LINE);
            }
            let place = (at, below);
            at += width;
            place
        })
        .collect()
}
