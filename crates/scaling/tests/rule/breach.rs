//! Step scaling: the worked examples of the AWS documentation, and texts that are not steps.

use scaling::{Breach, BreachSteps, Direction, Reason, Units};

fn step(steps: &str, direction: Direction, kpus: u32, distance: f64) -> Result<u32, Reason> {
    let steps: BreachSteps = steps.parse().unwrap();
    let size = |count| Units::new(count).unwrap();
    steps.step(direction, size(kpus), distance).map(Units::count)
}

/// Source: "Step scaling policies for Application Auto Scaling": at a capacity of 10 and a threshold of 50, with steps of 10
/// percent from 60 on and of 30 percent from 70 on, a metric of 60 leads to 11, and then a metric of 70 to 14.
#[test]
fn the_worked_example_of_the_documentation() {
    const STEPS: &str = "0:10%, 20:30%";
    let breach = |value| Breach { value, threshold: 50.0, is_additional: false, is_lag: false }.distance();
    assert_eq!(step(STEPS, Direction::Out, 10, breach(60.0)), Ok(11));
    assert_eq!(step(STEPS, Direction::Out, 11, breach(70.0)), Ok(14));
}

#[test]
fn percentages_are_rounded_towards_zero_but_to_at_least_one() {
    for (kpus, percent, out, r#in) in [
        (127, "10%", 139, 115), // 12.7 is 12
        (67, "1%", 68, 66),     // 0.67 is 1
        (58, "1%", 59, 57),     // -0.58 is -1
        (667, "1%", 673, 661),  // -6.67 is -6
        (10, "100%", 20, 1),    // never below one
    ] {
        let steps = format!("0:{percent}");
        assert_eq!(step(&steps, Direction::Out, kpus, 0.0), Ok(out), "{kpus} {percent}");
        assert_eq!(step(&steps, Direction::In, kpus, 0.0), Ok(r#in), "{kpus} {percent}");
    }
}

/// A step applies from its distance until just before the distance of the next one, above the threshold and below it.
#[test]
fn a_step_begins_at_its_distance() {
    const STEPS: &str = "0:1, 10:2, 20:=32";
    for (distance, out, r#in) in [
        (0.0, Ok(9), Ok(7)),
        (9.999, Ok(9), Ok(7)),
        (10.0, Ok(10), Ok(6)),
        (19.999, Ok(10), Ok(6)),
        (20.0, Ok(32), Err(Reason::AtDesiredCapacity)),
        (1e9, Ok(32), Err(Reason::AtDesiredCapacity)),
    ] {
        assert_eq!(step(STEPS, Direction::Out, 8, distance), out, "{distance}");
        assert_eq!(step(STEPS, Direction::In, 8, distance), r#in, "{distance}");
    }
    assert_eq!(step("0:=8", Direction::Out, 8, 0.0), Err(Reason::AtDesiredCapacity));
}

#[test]
fn a_text_that_is_not_a_list_of_steps_is_refused_with_an_example() {
    for (text, part) in [
        ("", "such as 20:30%"),
        ("0", "the step '0' as"),
        ("0:", "the step '0:' as"),
        ("0:0", "at least 1"),
        ("0:0%", "at least 1"),
        ("0:-1", "the step '0:-1' as"),
        ("0:10001", "the step '0:10001' as"),
        ("x:1", "the step 'x:1' as"),
        ("-5:1", "the step '-5:1' as"),
        ("NaN:1", "the step 'NaN:1' as"),
        ("0:=0", "the step '0:=0' as"),
        ("10:1", "begin the first step at the threshold, as in 0:10%"),
        ("0:1,10:2,10:3", "begin each step farther from the threshold than the one before"),
        ("0:1,20:2,10:3", "begin each step farther"),
    ] {
        let refused = text.parse::<BreachSteps>().unwrap_err();
        assert!(refused.contains(part), "{text}: {refused}");
    }
}
