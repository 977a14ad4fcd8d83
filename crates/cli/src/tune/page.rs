//! The report of a search: one self-contained HTML file.

use super::overrides::{changes, first_deployment, quoted, value};
use crate::arguments::TuneArguments;
use crate::format::{Calendar, duration};
use crate::learned::Learned;
use crate::report::escaped;
use history::{Candidate, Compared, Tuned};
use simulator::{PARAMETERS, Parameters};

const STYLE: &str = include_str!("../report/report.css");
const OWN_STYLE: &str = include_str!("page.css");

/// Returns the page.
pub(super) fn page(
    learned: &Learned,
    tuned: &Tuned,
    uncertain: &[String],
    calendar: &Calendar,
    arguments: &TuneArguments,
    present: &Parameters,
) -> String {
    let changes = changes(tuned);
    let advice = if tuned.is_better && !changes.is_empty() {
        format!("<pre>{}</pre>", escaped(&changes.join("\n")))
    } else {
        "<p class=\"note\" style=\"padding:14px 18px;margin:0\">The search found no parameters that are better on the other days. Keep the present ones.</p>".to_owned()
    };
    let advice = format!(
        "{advice}<p class=\"note\" style=\"padding:0 18px\">The parameters of a first deployment; replace each name in angle brackets:</p><pre>{}</pre>",
        escaped(&quoted(&first_deployment(tuned)))
    );
    let confidence = if uncertain.is_empty() {
        "<p class=\"note\">Confidence: high. The most important figures were learned from the history; the warm-up and the variation of the capacity are assumed.</p>"
            .to_owned()
    } else {
        let items: Vec<_> = uncertain.iter().map(|reason| format!("<li>{}</li>", escaped(reason))).collect();
        let items = items.concat();
        format!("<p class=\"note\">Confidence: low.</p><ul class=\"note\">{items}</ul>")
    };
    let restarts: Vec<String> = tuned
        .restarts
        .iter()
        .map(|(seconds, compared)| {
            table(&format!("If the downtime of a restart is {}", duration(*seconds)), compared, arguments)
        })
        .collect();
    let (chose, judged) = tuned.days;
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\"><title>kpu tune: {name}</title>\
         <style>{STYLE}{OWN_STYLE}</style></head><body><main>\
         <header><p class=\"kicker\">kpu tune · {name}</p><h1>{title}</h1><p class=\"summary\">{summary} {calendar}</p></header>\
         <section><h2>Parameters to set</h2><div class=\"panel\">{advice}</div>{confidence}</section>{subtasks}\
         <section><h2>On {judged:.0} days that were not used to choose</h2>{unseen}</section>\
         <section><h2>All {count} policies on the {chose:.0} days of the choice</h2><div class=\"panel\">{plot}{legend}</div>\
         <p class=\"note\">Farther left: less time with a lag above {objective}. Farther down: cheaper. The dashed line is the allowed share, {allowed} %.</p></section>\
         <section><h2>If restarts had another downtime</h2>{restarts}</section>\
         </main></body></html>\n",
        name = escaped(learned.calibration.trace.name()),
        title = title(tuned),
        summary = summary(tuned, arguments),
        calendar = calendar.zone.as_ref().map_or_else(String::new, |_| calendar.in_words()),
        subtasks = more_subtasks(learned, present),
        unseen = table("The present parameters and the recommended ones", &tuned.unseen, arguments),
        restarts = restarts.concat(),
        count = tuned.tried.len(),
        plot = plot(tuned, arguments),
        legend = legend(),
        objective = duration(arguments.common.lag_objective),
        allowed = arguments.allowed,
    )
}

/// Returns the section with the advice on more subtasks per KPU. It is empty without advice.
fn more_subtasks(learned: &Learned, present: &Parameters) -> String {
    let Some((introduction, lines)) = learned.more_subtasks_in_words(present) else { return String::new() };
    let items: Vec<_> = lines.iter().map(|line| format!("<li>{}</li>", escaped(line))).collect();
    format!(
        "<section><h2>More subtasks per KPU</h2><p class=\"note\">{}</p><ul class=\"note\">{}</ul></section>",
        escaped(&introduction),
        items.concat()
    )
}

fn of<'a>(tuned: &'a Tuned, label: &str) -> Option<&'a Compared> {
    tuned.unseen.iter().find(|compared| compared.label == label)
}

fn title(tuned: &Tuned) -> String {
    match (of(tuned, "recommended"), of(tuned, "present")) {
        (Some(recommended), Some(present)) if tuned.is_better => {
            format!("${:.0} instead of ${:.0} a month", recommended.dollars_a_month, present.dollars_a_month)
        }
        _ => "The present parameters are good".to_owned(),
    }
}

fn summary(tuned: &Tuned, arguments: &TuneArguments) -> String {
    let (Some(recommended), Some(present)) = (of(tuned, "recommended"), of(tuned, "present")) else {
        return String::new();
    };
    format!(
        "On the other days, the lag is out of the objective of {} for {:.2} % of the time with the recommendation and for {:.2} % with the present parameters; it has {:.1} rescales a day \
         and {:.1}.",
        duration(arguments.common.lag_objective),
        recommended.summary.missed_percent,
        present.summary.missed_percent,
        recommended.summary.rescales_per_day,
        present.summary.rescales_per_day
    )
}

fn table(title: &str, compared: &[Compared], arguments: &TuneArguments) -> String {
    let headings = [
        "dollars a month".to_owned(),
        format!("lag above {}", duration(arguments.common.lag_objective)),
        "worst lag".to_owned(),
        "rescales a day".to_owned(),
    ];
    let rows: Vec<String> = compared
        .iter()
        .map(|compared| {
            let values = [
                format!("${:.2}", compared.dollars_a_month),
                format!("{:.2} %", compared.summary.missed_percent),
                duration(compared.summary.worst_lag_seconds),
                format!("{:.1}", compared.summary.rescales_per_day),
            ];
            let cells: Vec<String> = headings
                .iter()
                .zip(values)
                .map(|(heading, value)| {
                    format!("<td class=\"number\" data-heading=\"{heading}\">{value}</td>")
                })
                .collect();
            let own = if compared.label == "recommended" { " class=\"own\"" } else { "" };
            format!("<tr{own}><th scope=\"row\">{}</th>{}</tr>", compared.label, cells.concat())
        })
        .collect();
    let head: Vec<String> =
        headings.iter().map(|heading| format!("<th class=\"number\" scope=\"col\">{heading}</th>")).collect();
    format!(
        "<div class=\"panel wide-content\"><table class=\"results\"><caption>{title}</caption><thead><tr><th scope=\"col\">parameters</th>{}</tr></thead><tbody>{}</tbody></table></div>",
        head.concat(),
        rows.concat()
    )
}

const WIDTH: f64 = 1_080.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 48.0;

/// The place of a policy in the plot. The time out of the objective has a square-root scale, so that small shares stay apart.
struct Scale {
    most_missed: f64,
    dollars: (f64, f64),
}

impl Scale {
    fn of(tuned: &Tuned, allowed: f64) -> Self {
        let most = |of: fn(&Candidate) -> f64| tuned.tried.iter().map(of).fold(0.0, f64::max);
        let least = tuned.tried.iter().map(|tried| tried.dollars).fold(f64::INFINITY, f64::min);
        let dearest = most(|tried| tried.dollars);
        let room = ((dearest - least) * 0.06).max(1.0);
        Self {
            most_missed: most(|tried| tried.missed_percent).max(2.0 * allowed).clamp(1.0, 12.0),
            dollars: (least - room, dearest + room),
        }
    }

    fn x(&self, missed: f64) -> f64 {
        LEFT + (missed.min(self.most_missed) / self.most_missed).sqrt() * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, dollars: f64) -> f64 {
        let (least, most) = self.dollars;
        HEIGHT - BOTTOM - (dollars - least) / (most - least) * (HEIGHT - TOP - BOTTOM)
    }
}

fn plot(tuned: &Tuned, arguments: &TuneArguments) -> String {
    let scale = Scale::of(tuned, arguments.allowed);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"Dollars a month against time out of the objective, for every policy that was tried\">"
    );
    let mut add = |text: String| svg.push_str(&text);
    for missed in [0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0]
        .into_iter()
        .filter(|missed| *missed <= scale.most_missed)
    {
        let x = scale.x(missed);
        add(format!(
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{}\"/>",
            HEIGHT - BOTTOM
        ));
        // A narrow window has no room for the others.
        let minor = if [0.0, 1.0, 4.0, 12.0].contains(&missed) { "" } else { " class=\"minor\"" };
        add(format!(
            "<text{minor} x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{missed} %</text>",
            HEIGHT - BOTTOM + 20.0
        ));
    }
    let (least, most) = scale.dollars;
    for step in 0..=4 {
        let dollars = least + (most - least) * f64::from(step) / 4.0;
        let y = scale.y(dollars);
        add(format!(
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
            WIDTH - RIGHT
        ));
        add(format!(
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">${dollars:.0}</text>",
            LEFT - 10.0,
            y + 4.0
        ));
    }
    let edge = scale.x(arguments.allowed);
    add(format!(
        "<line class=\"edge\" x1=\"{edge:.1}\" x2=\"{edge:.1}\" y1=\"{TOP}\" y2=\"{}\"/>",
        HEIGHT - BOTTOM
    ));
    add(format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">time with a lag above the objective</text>",
        f64::midpoint(LEFT, WIDTH),
        HEIGHT - 8.0
    ));
    for tried in &tuned.tried {
        let (x, y, way) =
            (scale.x(tried.missed_percent), scale.y(tried.dollars), operation_class(&tried.set));
        let title = format!(
            "${:.0} a month, {:.2} %, {:.1} rescales a day: {}",
            tried.dollars,
            tried.missed_percent,
            tried.rescales_per_day,
            escaped(&not_default(&tried.set))
        );
        add(format!(
            "<circle class=\"{way}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"><title>{title}</title></circle>"
        ));
    }
    let marked = [(&tuned.present, "present"), (&tuned.recommended, "recommended")];
    let shown = if tuned.present == tuned.recommended { &marked[..1] } else { &marked[..] };
    for (set, label) in shown {
        let Some(best) = tuned.tried.iter().find(|tried| &tried.set == *set) else { continue };
        let (x, y) = (scale.x(best.missed_percent), scale.y(best.dollars));
        // At the right edge the label is on the left.
        let (away, anchor) = if x > WIDTH - 140.0 { (-14.0, "end") } else { (14.0, "start") };
        add(format!(
            "<circle class=\"mark\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"9\"/><text class=\"mark-word\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{label}</text>",
            x + away,
            y + 5.0
        ));
    }
    svg + "</svg>"
}

/// Returns the parameters that differ from their defaults.
fn not_default(set: &[String]) -> String {
    let changed = PARAMETERS.iter().filter(|parameter| value(set, parameter) != parameter.default);
    changed
        .map(|parameter| format!("{}={}", parameter.name, value(set, parameter)))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the CSS class of the scaling operation of a policy.
fn operation_class(set: &[String]) -> &'static str {
    let operation = |wanted: &str| set.iter().any(|text| text == &format!("ScalingOperation={wanted}"));
    if operation("Demand") {
        "way-c"
    } else if operation("Target") {
        "way-b"
    } else {
        "way-a"
    }
}

fn legend() -> String {
    let entry = |color: &str, operation: &str| {
        format!("<span><i style=\"background:var(--{color})\"></i>{operation}</span>")
    };
    format!(
        "<div class=\"legend-row\">{}{}{}</div>",
        entry("load-deep", "Demand"),
        entry("builtin", "Target"),
        entry("peak", "Multiply/Divide")
    )
}
