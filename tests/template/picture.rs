//! The pictures of the dashboards in the documentation show the dashboards of the template.

#[path = "../../tools/dashboard/draw.rs"]
mod draw;

use super::dashboard::widgets;
use draw::{Simulated, picture};

/// The default thresholds of the metric.
const DEFAULTS: [(&str, &str); 2] = [("ScaleOutThreshold", ""), ("ScaleInThreshold", "")];

/// The dashboard of a stack that scales on a Kinesis lag.
fn of_an_application() -> String {
    let window = [("HighKpu", "12-32"), ("HighStart", "5:15"), ("HighEnd", "22:00")];
    picture(&widgets("millisBehindLatest", &[&DEFAULTS[..], &window].concat()), &Simulated::new())
}

/// The dashboard of a stack that scales a stream.
fn of_a_stream() -> String {
    let read_by_all = [("FanOutConsumerName", "")];
    let widgets = widgets("WriteUtilization", &[&DEFAULTS[..], &read_by_all].concat());
    picture(&widgets, &Simulated::of_a_stream())
}

/// `UPDATE_DOCS=1 cargo test --test boundary template::picture` draws the pictures again.
#[test]
fn the_pictures_show_the_dashboards_of_the_template() {
    for (name, picture, not_simulated, outcome, scalings) in [
        ("dashboard.svg", of_an_application(), 4, "Application Scaled", 7),
        ("dashboard-of-a-stream.svg", of_a_stream(), 1, "Stream Scaled", 6),
    ] {
        let path = format!("{}/../docs/images/{name}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &picture).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == picture,
            "docs/images/{name} differs from the template; UPDATE_DOCS=1 cargo test --test boundary template::picture draws it again"
        );
        // Most widgets have simulated metrics, and the day has scalings.
        assert!(picture.matches("not simulated").count() <= not_simulated, "{name}");
        assert!(picture.matches(outcome).count() >= scalings, "{name}");
    }
}
