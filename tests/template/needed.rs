//! The parameters that each metric needs, compared with the rules of the template.

use super::resolve::{Stack, scalar};
use serde_yaml_ng::Value;
use std::collections::BTreeSet;
use tasks::{SCALE_METRICS, needed_parameters};

/// With the needed parameters the rules have no objection, and without any one of them they have.
#[test]
fn every_metric_needs_exactly_the_parameters_of_the_rules() {
    let template: Value = serde_yaml_ng::from_str(super::TEMPLATE).unwrap();
    let allowed = template["Parameters"]["ScaleMetric"]["AllowedValues"].as_sequence().unwrap();
    let allowed: BTreeSet<String> = allowed.iter().map(scalar).collect();
    let listed: BTreeSet<String> = SCALE_METRICS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let of_a_stream = BTreeSet::from(["WriteUtilization".to_owned()]);
    assert_eq!(allowed.difference(&listed).cloned().collect::<BTreeSet<_>>(), of_a_stream);
    let mut removed = 0;
    for (metric, _) in SCALE_METRICS {
        for operation in ["Multiply/Divide", "Demand"] {
            let needed = needed_parameters(metric, operation == "Demand").unwrap();
            let objections = |left_out: &str| {
                let values = needed.iter().map(|(name, _)| *name).filter(|name| *name != left_out);
                let fixed = [("ScaleMetric", metric), ("ScalingOperation", operation)];
                let values: Vec<(&str, &str)> =
                    fixed.into_iter().chain(values.map(|name| (name, "9"))).collect();
                Stack::new(&values).objections()
            };
            // Demand refuses some metrics, and a load alarm of UserAlarms is a choice of Demand.
            if objections("")
                .iter()
                .any(|objection| objection.contains("Demand") || objection.contains("LoadAlarmName"))
            {
                continue;
            }
            assert_eq!(objections(""), Vec::<String>::new(), "{metric} {operation}");
            for (name, _) in &needed {
                assert!(!objections(name).is_empty(), "{metric} {operation}: {name} is not needed");
                removed += 1;
            }
        }
    }
    assert!(removed >= 25, "{removed}");
}
