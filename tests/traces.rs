//! Public load traces for measurement. They are not part of the project: a test that wants them looks for them
//! beside the checkout, and says that it skipped where they are absent.

use simulator::Trace;
use std::io::Write;
use std::path::PathBuf;

/// The public traces by name.
pub const PUBLIC: [&str; 4] = ["nyc_taxi", "ms_machine1", "ms_ingress3", "llm_mlarge"];

/// The public traces, or nothing, and a word about it, where they are absent.
///
/// # Panics
/// If they are there and cannot be read.
#[must_use]
pub fn public() -> Option<Vec<Trace>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/traces");
    if !folder.is_dir() {
        // Not by a macro, whose words a test that passes keeps to itself.
        let word = format!("skipped: there are no public traces in {}\n", folder.display());
        drop(std::io::stderr().write_all(word.as_bytes()));
        return None;
    }
    let read = |name: &str| {
        let file = std::fs::read(folder.join(format!("{name}.csv")));
        file.map(|file| Trace::parse(name, &file))
    };
    let traces: Result<Result<Vec<_>, _>, _> = PUBLIC.into_iter().map(read).collect();
    match traces {
        Ok(Ok(traces)) => Some(traces),
        Ok(Err(error)) => panic!("{error}"),
        Err(error) => panic!("failed to read the public traces: {error}"),
    }
}
