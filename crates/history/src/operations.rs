//! Parses the operations of an application, for the duration of each update.

use crate::Recorded;
use crate::history::minute_mut;
use crate::series::short;
use crate::table::instant;
use serde_json::Value;

/// Stores the duration of each successful update in the minute in which it ended. `start` is in seconds since 1970.
///
/// The file is the output of `list-application-operations`: whole, its list alone, or several pages in a row or in a list.
pub(crate) fn updates(file: &[u8], start: i64, minutes: &mut [Recorded]) -> Result<(), String> {
    let wrong = |found: &str| {
        format!(
            "the file of operations has {found}, and is not the output of `aws kinesisanalyticsv2 list-application-operations --output json`"
        )
    };
    for document in serde_json::Deserializer::from_slice(file).into_iter::<Value>() {
        collect(&document.map_err(|error| wrong(&error.to_string()))?, start, minutes)
            .map_err(|found| wrong(&found))?;
    }
    Ok(())
}

fn collect(value: &Value, start: i64, minutes: &mut [Recorded]) -> Result<(), String> {
    if let Some(items) = value.as_array() {
        return items.iter().try_for_each(|item| collect(item, start, minutes));
    }
    if let Some(page) = value.get("ApplicationOperationInfoList") {
        return collect(page, start, minutes);
    }
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let (Some(kind), Some(status)) = (text("Operation"), text("OperationStatus")) else {
        return Err(format!("'{}'", short(&value.to_string())));
    };
    // An operation under way has no end.
    let time = |key: &str| match value.get(key) {
        Some(Value::String(text)) => instant(text),
        Some(number) => instant(&number.to_string()),
        None => None,
    };
    if let (("UpdateApplication", "SUCCESSFUL"), Some(began), Some(ended)) =
        ((kind, status), time("StartTime"), time("EndTime"))
        && ended >= began
        && let Some(minute) = minute_mut(minutes, start, ended)
    {
        #[expect(clippy::cast_precision_loss, reason = "the seconds of an update")]
        let seconds = (ended - began) as f64;
        minute.update_seconds = Some(seconds);
    }
    Ok(())
}
