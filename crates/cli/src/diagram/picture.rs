//! Draws the state machine as a picture: the loop as a spine from top to bottom, its final states to the right, and its transitions
//! back to the left. A final state that several states lead to is drawn beside each of them.

use super::ways;
use crate::report::escaped;
use asl::{Kind, Machine, StateSummary};
use std::fmt::Write as _;

const BOX: (f64, f64) = (150.0, 34.0);
const ROW: f64 = 52.0;
const LANE: f64 = 26.0;
const TO_ENDS: f64 = 190.0;
const MARGIN: f64 = 24.0;
const LABEL_ROOM: f64 = 16.0;
const LETTER: f64 = 7.0;

/// A state with its place: the middle of its box.
struct Placed<'a> {
    state: StateSummary<'a>,
    x: f64,
    y: f64,
}

/// Draws the machine as an SVG document on a white ground.
pub(super) fn draw(machine: &Machine) -> String {
    let states: Vec<StateSummary<'_>> = machine.states().collect();
    let (ends, spine): (Vec<_>, Vec<_>) =
        states.into_iter().partition(|state| matches!(state.kind, Kind::Succeed | Kind::Fail));
    let lanes = spine.iter().enumerate().map(|(index, state)| ways_back(&spine, index, state)).sum::<usize>();
    let widest = spine.iter().flat_map(ways).map(|way| way.label().len()).max().unwrap_or(0);
    let left = (LABEL_ROOM + LANE * as_float(lanes)).max(LETTER * as_float(widest));
    let spine_x = MARGIN + left + BOX.0 / 2.0;
    let placed = place(spine, &ends, spine_x);

    let mut shapes = String::new();
    // Labels come last, so that no line crosses them.
    let mut labels = String::new();
    let mut lane = 0;
    for from in &placed {
        // The first transition leaves above the middle of the box, the second below.
        let mut leaves_at = from.y - 6.0;
        for way in ways(&from.state) {
            let far = |placed: &&Placed<'_>| (placed.y - from.y).abs();
            let named = placed.iter().filter(|placed| placed.state.name == way.to);
            let Some(to) = named.min_by(|one, other| far(one).total_cmp(&far(other))) else { continue };
            let label = way.label();
            if to.x > from.x {
                let bend = to_end(&mut shapes, from, to);
                label_at(&mut labels, (bend, to.y), "", &label);
            } else if is_next(&placed, from, to) {
                let middle = down(&mut shapes, from, to);
                label_at(&mut labels, (from.x, middle), "", &label);
            } else {
                lane += 1;
                around(&mut shapes, (from.x, leaves_at), to, lane);
                let beside = from.y + 3.0 * (leaves_at - from.y);
                label_at(&mut labels, (from.x - BOX.0 / 2.0 - 8.0, beside), "at-left", &label);
                leaves_at += 12.0;
            }
        }
    }
    for placed in &placed {
        shape(&mut shapes, placed);
    }
    let width = spine_x + TO_ENDS + BOX.0 * 1.5 + MARGIN;
    let height = placed.iter().map(|placed| placed.y).fold(0.0, f64::max) + BOX.1 / 2.0 + MARGIN;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>{}</title>
<style>
  text {{ font: 13px system-ui, sans-serif; fill: #1c2733; text-anchor: middle; dominant-baseline: central; }}
  .label {{ font-size: 12px; fill: #4a5a6b; paint-order: stroke; stroke: #fff; stroke-width: 5px; }}
  .at-left {{ text-anchor: end; }}
  .way {{ fill: none; stroke: #7b8a9a; stroke-width: 1.4; marker-end: url(#tip); }}
  .back {{ stroke: #2b6cb0; }}
  .Task {{ fill: #dcebfa; stroke: #2b6cb0; }} .Choice {{ fill: #fff; stroke: #7b8a9a; }}
  .Wait {{ fill: #fdf3d6; stroke: #b7862b; }} .Succeed {{ fill: #ddf3e4; stroke: #2f855a; }}
  .Fail {{ fill: #fbe3e0; stroke: #c0503e; }}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="context-stroke"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
{shapes}{labels}</svg>
"##,
        escaped(machine.comment())
    )
}

#[expect(clippy::cast_precision_loss, reason = "a machine has few states")]
fn as_float(count: usize) -> f64 {
    count as f64
}

/// Counts the transitions from a state of the spine to another state of the spine that is not the next.
fn ways_back(spine: &[StateSummary<'_>], index: usize, state: &StateSummary<'_>) -> usize {
    let next = spine.get(index + 1).map(|next| next.name);
    let in_spine = |name: &str| spine.iter().any(|state| state.name == name);
    ways(state).iter().filter(|way| in_spine(way.to) && Some(way.to) != next).count()
}

/// Places the spine in rows, and each final state beside every state that leads to it.
fn place<'a>(spine: Vec<StateSummary<'a>>, ends: &[StateSummary<'a>], spine_x: f64) -> Vec<Placed<'a>> {
    let mut placed = Vec::new();
    let mut top = MARGIN + BOX.1 / 2.0;
    for state in spine {
        let beside: Vec<_> =
            ends.iter().filter(|end| state.edges.iter().any(|edge| edge.to == end.name)).cloned().collect();
        let rows = as_float(beside.len().max(1));
        let first = top;
        for (row, end) in beside.into_iter().enumerate() {
            let x = spine_x + BOX.0 / 2.0 + TO_ENDS + BOX.0 / 2.0;
            placed.push(Placed { state: end, x, y: first + as_float(row) * ROW });
        }
        placed.push(Placed { state, x: spine_x, y: first + (rows - 1.0) * ROW / 2.0 });
        top += rows * ROW + ROW / 3.0;
    }
    placed
}

/// Whether `to` is directly below `from` in the spine.
fn is_next(placed: &[Placed<'_>], from: &Placed<'_>, to: &Placed<'_>) -> bool {
    let between = |other: &&Placed<'_>| other.x <= from.x && other.y > from.y && other.y < to.y;
    to.y > from.y && !placed.iter().any(|other| between(&other))
}

fn label_at(shapes: &mut String, (x, y): (f64, f64), class: &str, label: &str) {
    if !label.is_empty() {
        let _ = writeln!(shapes, r#"<text class="label {class}" x="{x}" y="{y}">{}</text>"#, escaped(label));
    }
}

/// Draws a transition to a final state, and returns the middle of its straight part.
fn to_end(shapes: &mut String, from: &Placed<'_>, to: &Placed<'_>) -> f64 {
    let (start, end) = (from.x + BOX.0 / 2.0, to.x - BOX.0 / 2.0);
    let bend = start + 36.0;
    let _ = writeln!(
        shapes,
        r#"<path class="way" d="M{start} {} C{bend} {} {start} {y} {bend} {y} H{end}"/>"#,
        from.y,
        from.y,
        y = to.y
    );
    f64::midpoint(bend, end)
}

/// Draws a transition straight down, and returns its middle.
fn down(shapes: &mut String, from: &Placed<'_>, to: &Placed<'_>) -> f64 {
    let (start, end) = (from.y + BOX.1 / 2.0, to.y - BOX.1 / 2.0);
    let _ = writeln!(shapes, r#"<path class="way" d="M{x} {start} V{end}"/>"#, x = from.x);
    f64::midpoint(start, end)
}

/// Draws a transition around the spine.
fn around(shapes: &mut String, (from_x, start): (f64, f64), to: &Placed<'_>, lane: usize) {
    let side = from_x - BOX.0 / 2.0;
    let x = side - LANE * as_float(lane);
    // Transitions that leave and enter the same box must not overlap.
    let end = to.y + if to.y < start { 8.0 } else { -8.0 };
    let corner = if end < start { -8.0 } else { 8.0 };
    let _ = writeln!(
        shapes,
        r#"<path class="way back" d="M{side} {start} H{} Q{x} {start} {x} {} V{} Q{x} {end} {} {end} H{side}"/>"#,
        x + 8.0,
        start + corner,
        end - corner,
        x + 8.0
    );
}

fn shape(shapes: &mut String, placed: &Placed<'_>) {
    let (left, top) = (placed.x - BOX.0 / 2.0, placed.y - BOX.1 / 2.0);
    let radius = if placed.state.kind == Kind::Task { 4.0 } else { BOX.1 / 2.0 };
    let _ = writeln!(
        shapes,
        r#"<g><title>{}</title><rect class="{:?}" x="{left}" y="{top}" width="{}" height="{}" rx="{radius}"/><text x="{}" y="{}">{}</text></g>"#,
        escaped(placed.state.comment),
        placed.state.kind,
        BOX.0,
        BOX.1,
        placed.x,
        placed.y,
        escaped(placed.state.name)
    );
}
