//! The words of the advice on more subtasks per KPU.

use history::MoreSubtasks;
use simulator::Model;

/// The caveats of the advice.
const CAVEATS: [&str; 3] = [
    "The job must wait for other services. More subtasks gain nothing if one key, the sink or the source holds it.",
    "The subtasks of a KPU share its heap and its managed memory. Test one change, and watch heapMemoryUtilization and the checkpoints.",
    "The parallelism is the KPUs times the subtasks per KPU, and must fit the partitions of the source and MaxParallelism. The autoscaler never changes ParallelismPerKPU.",
];

/// Returns the introduction, the lines of the advice and its caveats. `None` without advice.
pub(crate) fn in_words(
    advice: &[MoreSubtasks],
    model: &Model,
    subtasks_per_kpu: u32,
) -> Option<(String, Vec<String>)> {
    let first = advice.first()?;
    let present = first.dollars_a_month + first.saved_dollars_a_month;
    let introduction = format!(
        "The CPU is at {:.0} % at full load with ParallelismPerKPU {subtasks_per_kpu}, so you pay for idle CPU. The recorded sizes cost {present:.2} dollars a month. Expected for the same load:",
        model.saturated_cpu
    );
    let line = |one: &MoreSubtasks| {
        format!(
            "ParallelismPerKPU {}: {:.2} dollars a month, {:.2} less, with a CPU of {:.0} % at full load",
            one.subtasks_per_kpu, one.dollars_a_month, one.saved_dollars_a_month, one.cpu_at_full_load
        )
    };
    let lines = advice.iter().map(line).chain(CAVEATS.map(str::to_owned));
    Some((introduction, lines.collect()))
}
