//! The advice on more subtasks per KPU, as a table.

use history::{MoreSubtasks, more_subtasks};
use simulator::Model;

/// The subtasks per KPU, the CPU at full load and the mean KPUs of an advice.
type Row = (u32, f64, f64);

#[test]
fn a_low_cpu_at_full_load_is_worth_more_subtasks() {
    #[rustfmt::skip]
    let rows: [(f64, u32, f64, &[Row]); 10] = [
        // CPU at full load, subtasks per KPU, mean KPUs, then for each advice: subtasks, CPU at full load, mean KPUs
        (40.0, 1, 12.0, &[(2, 75.0, 6.0), (4, 95.0, 12.0 * 35.0 / 90.0)]),
        (25.0, 1, 12.0, &[(2, 45.0, 6.0), (4, 85.0, 3.0)]),
        (25.0, 2, 12.0, &[(4, 45.0, 6.0)]),
        (25.0, 4, 12.0, &[]),                                    // eight are too many for one heap
        (60.0, 1, 11.0, &[(2, 95.0, 11.0 * 55.0 / 90.0)]),       // four gain nothing more
        (70.0, 1, 13.0, &[(2, 95.0, 13.0 * 65.0 / 90.0)]),
        (71.0, 1, 12.0, &[]),
        (95.0, 1, 12.0, &[]),
        (25.0, 1, 1.5, &[(2, 45.0, 1.0), (4, 85.0, 1.0)]),       // at least one KPU
        (5.0, 1, 12.0, &[]),                                     // the CPU without load
    ];
    for (saturated_cpu, subtasks, kpus, expected) in rows {
        let model = Model { idle_cpu: 5.0, saturated_cpu, ..Model::default() };
        let advice = more_subtasks(&model, subtasks, kpus);
        let of = |one: &MoreSubtasks| (one.subtasks_per_kpu, one.cpu_at_full_load, one.kpus);
        let case = format!("{saturated_cpu} % with {subtasks}: {advice:?}");
        assert_eq!(advice.len(), expected.len(), "{case}");
        for (one, expected) in advice.iter().map(of).zip(expected) {
            let near = |value: f64, wanted: f64| (value - wanted).abs() < 1e-9;
            assert!(one.0 == expected.0 && near(one.1, expected.1) && near(one.2, expected.2), "{case}");
        }
        for one in &advice {
            let before = (kpus + 1.0) * 730.0 * model.dollars_per_kpu_hour;
            assert!((one.dollars_a_month + one.saved_dollars_a_month - before).abs() < 1e-9, "{case}");
            assert!((one.dollars_a_month - (one.kpus + 1.0) * 730.0 * 0.11).abs() < 1e-9, "{case}");
        }
    }
}
