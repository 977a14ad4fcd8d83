//! Counts the snapshots of an application.

use crate::{Account, Read, Unread};

/// The pages that are read at most, of up to 50 snapshots each: four times the quota of an application.
const MAX_PAGES: usize = 80;

impl Account {
    /// Counts the snapshots of an application, with the snapshots that MSF took for updates.
    pub(crate) async fn snapshots(&self, application: &str) -> Read<usize> {
        let mut count = 0;
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let request = self.flink.list_application_snapshots().application_name(application).limit(50);
            let answer = request.set_next_token(token).send().await;
            let answer = answer
                .map_err(|error| Unread::of(&format!("list the snapshots of '{application}'"), &error))?;
            count += answer.snapshot_summaries().len();
            token = answer.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(count)
    }
}
