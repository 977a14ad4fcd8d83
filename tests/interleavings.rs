//! Executions take turns in every order that there is: any number of them may read, decide and write at once, a function
//! may crash at any call, another caller may change the application at any time, an update may fail.
//!
//! It is the real state machine and the real tasks that take turns, call by call. Every state that can be reached within
//! the horizon is visited once; from every one at the horizon, the rest is played to its end.

mod port;
mod state;
mod world;

use asl::Machine;
use simulator::{Parameters, Settings, state_machine};
use state::State;
use std::collections::{BTreeMap, HashSet};
use std::io::Write as _;
use world::{MOST, World};

/// The number of times that each kind of event may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Budget {
    executions: usize,
    crashes: u32,
    foreign_changes: u32,
    failures: u32,
    steps: i64,
}

fn machine() -> Machine {
    let mut parameters = Parameters::default();
    for set in [
        "MaxKpu=4",
        "ScaleOutFactor=2",
        "GracePeriodSeconds=60",
        "PollIntervalSeconds=30",
        "FailurePauseMinutes=2",
    ] {
        parameters.set(set).unwrap();
    }
    state_machine(&Settings::new(&parameters).unwrap()).unwrap()
}

/// Visits every state; the number of states and of those at the horizon, and the ends that were seen.
fn explore(budget: Budget) -> (usize, usize, BTreeMap<String, u64>) {
    let machine = machine();
    let mut seen = BTreeMap::new();
    let mut visited = HashSet::new();
    let mut at_horizon = 0;
    let mut open = vec![State { world: World::new(), executions: Vec::new(), left: budget }];
    while let Some(state) = open.pop() {
        if !visited.insert(state.key()) {
            continue;
        }
        if state.left.executions > 0 {
            let mut next = state.clone();
            next.start(&machine);
            open.push(next);
        }
        let mut then = |change: &mut dyn FnMut(&mut State<'_>, &mut BTreeMap<String, u64>)| {
            let mut next = state.clone();
            change(&mut next, &mut seen);
            open.push(next);
        };
        if state.left.steps > 0 {
            then(&mut |next, seen| next.step(seen));
        }
        for index in (0..state.executions.len()).filter(|index| state.is_invoking(*index)) {
            then(&mut |next, seen| next.turn(index, false, false, seen));
            if state.left.crashes > 0 {
                then(&mut |next, seen| {
                    next.left.crashes -= 1;
                    next.turn(index, false, true, seen);
                });
            }
            if state.left.failures > 0 {
                then(&mut |next, seen| {
                    let before = next.world.changes.len();
                    next.turn(index, true, false, seen);
                    next.left.failures -= u32::from(next.world.changes.len() > before);
                });
            }
        }
        if state.left.foreign_changes > 0 && !state.world.is_updating() {
            then(&mut |next, _| {
                next.left.foreign_changes -= 1;
                next.world.begin(next.world.parallelism, None, false);
            });
        }
        let is_quiescent = (0..state.executions.len()).all(|index| !state.is_invoking(index));
        if state.left.steps == 0 && is_quiescent {
            at_horizon += 1;
            play_on(state, &machine, &mut seen);
        }
    }
    (visited.len(), at_horizon, seen)
}

/// Liveness: left alone, every execution ends; and with a heartbeat every five minutes, the breach is worked off.
fn play_on<'m>(mut state: State<'m>, machine: &'m Machine, seen: &mut BTreeMap<String, u64>) {
    const HEARTBEAT: i64 = 10;
    const PATIENCE: i64 = 5 * HEARTBEAT;
    state.left.executions = usize::MAX;
    state.left.steps = PATIENCE;
    while state.left.steps > 0 && !(state.all_ended() && state.world.parallelism == MOST) {
        if state.left.steps % HEARTBEAT == 0 {
            state.start(machine);
        }
        for index in 0..state.executions.len() {
            while state.is_invoking(index) {
                state.turn(index, false, false, seen);
            }
        }
        state.step(seen);
    }
    assert!(state.all_ended(), "an execution does not end");
    assert_eq!(state.world.parallelism, MOST, "a breach stands and nothing is done: {:?}", state.world);
}

/// Explores, and demands that enough was seen for it to mean something.
fn explored(budget: Budget, least_states: usize, ends: &[&str]) {
    let (states, at_horizon, seen) = explore(budget);
    // Not by a macro, whose words a test that passes keeps to itself.
    let word = format!("{budget:?}: {states} states, {at_horizon} of them at rest at the horizon\n");
    drop(std::io::stderr().write_all(word.as_bytes()));
    assert!(states >= least_states, "only {states} states");
    for end in ends {
        assert!(seen.contains_key(*end), "{end} never happened: {seen:?}");
    }
}

const NOTHING_GOES_WRONG: Budget =
    Budget { executions: 2, crashes: 0, foreign_changes: 0, failures: 0, steps: 4 };

#[test]
fn two_executions_at_once() {
    explored(NOTHING_GOES_WRONG, 10_000, &["Held: Busy", "Held: CoolingDown"]);
}

#[test]
fn three_executions_in_the_same_moment() {
    let budget = Budget { executions: 3, steps: 1, ..NOTHING_GOES_WRONG };
    explored(budget, 2_000, &["Held: Busy", "Quiet: Busy"]);
}

#[test]
fn two_executions_and_a_crash_of_a_function() {
    let budget = Budget { crashes: 1, steps: 3, ..NOTHING_GOES_WRONG };
    explored(budget, 10_000, &["Held: Busy", "Held: CoolingDown"]);
}

#[test]
fn two_executions_beside_a_deployment_and_a_failure() {
    let budget = Budget { foreign_changes: 1, failures: 1, steps: 2, ..NOTHING_GOES_WRONG };
    explored(budget, 5_000, &["Held: Busy", "Held: ConcurrentModification", "failed: UpdateFailed"]);
}

/// The same with more time and everything at once, in two minutes.
/// `cargo test --test boundary interleavings:: -- --ignored`
#[test]
#[ignore = "takes two minutes"]
fn everything_at_once() {
    let everything = Budget { crashes: 1, foreign_changes: 1, failures: 1, ..NOTHING_GOES_WRONG };
    explored(
        Budget { steps: 4, ..everything },
        100_000,
        &["Held: AfterFailure", "Held: ConcurrentModification"],
    );
    explored(Budget { steps: 7, ..NOTHING_GOES_WRONG }, 100_000, &["Held: AtMaximum"]);
    explored(Budget { executions: 3, steps: 3, ..NOTHING_GOES_WRONG }, 50_000, &["Held: Busy"]);
}
