//! The small values of the rule: their texts, the reasons that pass by themselves, and quantiles.

use crate::world::parallelism;
use scaling::{Direction, Factor, Reason, quantile};
use std::collections::BTreeSet;

#[test]
fn a_factor_and_a_parallelism_are_written_as_numbers() {
    for text in ["2", "1.25", "1.001", "1000"] {
        assert_eq!(text.parse::<Factor>().unwrap().to_string(), text);
    }
    assert_eq!(parallelism(12).to_string(), "12");
}

#[test]
fn a_direction_is_out_or_in() {
    assert_eq!([Direction::Out, Direction::In].map(|direction| direction.to_string()), ["out", "in"]);
}

#[test]
fn each_reason_has_its_own_sentence() {
    let sentences: BTreeSet<String> = Reason::ALL.iter().map(Reason::to_string).collect();
    assert_eq!(sentences.len(), Reason::ALL.len());
    assert!(sentences.iter().all(|sentence| sentence.contains(' ')), "{sentences:?}");
}

#[test]
fn four_reasons_pass_without_an_intervention() {
    let passing = Reason::ALL.into_iter().filter(|reason| reason.passes_by_itself());
    let expected = [Reason::CoolingDown, Reason::NoFreshData, Reason::CatchingUp, Reason::TakingSnapshot];
    assert_eq!(passing.collect::<BTreeSet<_>>(), BTreeSet::from(expected));
}

#[test]
fn a_quantile_is_interpolated_between_two_values() {
    #[rustfmt::skip]
    let rows: [(&[f64], f64, Option<f64>); 7] = [
        (&[],                   0.5,  None),
        (&[3.0],                0.9,  Some(3.0)),
        (&[8.0, 1.0, 4.0, 2.0], 0.0,  Some(1.0)),
        (&[8.0, 1.0, 4.0, 2.0], 0.25, Some(1.75)),
        (&[8.0, 1.0, 4.0, 2.0], 0.5,  Some(3.0)),
        (&[8.0, 1.0, 4.0, 2.0], 0.75, Some(5.0)),
        (&[8.0, 1.0, 4.0, 2.0], 1.0,  Some(8.0)),
    ];
    for (values, share, expected) in rows {
        assert_eq!(quantile(&mut values.to_vec(), share), expected, "{share} of {values:?}");
    }
}
