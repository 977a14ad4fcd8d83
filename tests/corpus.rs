//! The inputs that fuzzing has found, played through the same functions on every run of the tests.

use boundary::outside;
use std::path::Path;

fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 2, "the corpus of {name} is gone");
    for file in files {
        target(&std::fs::read(file).unwrap());
    }
}

#[test]
fn nothing_from_outside_makes_a_panic() {
    replay("execution_input", outside::execution_input);
    replay("state_machine", outside::state_machine);
    outside::state_machine(include_bytes!("../statemachine/autoscaler.asl.json"));
    replay("trace", outside::trace);
    replay("parameters", outside::parameters);
}
