//! The acts of a drill: sets the scale-out alarm, and sets it back.

use super::evidence::AlarmBefore;
use crate::{Account, Obstacle, Read, Unread};
use aws_sdk_cloudwatch::types::StateValue;
use tasks::AlarmState;

impl Account {
    /// Reads the state and the actions of a metric alarm.
    ///
    /// # Errors
    /// If the alarm cannot be read, or does not exist.
    pub async fn drilled_alarm(&self, name: &str) -> Read<AlarmBefore> {
        let answer = self.cloudwatch.describe_alarms().alarm_names(name).send().await;
        let answer = answer.map_err(|error| Unread::of(&format!("describe the alarm '{name}'"), &error))?;
        let alarm = answer.metric_alarms().first();
        let alarm =
            alarm.ok_or_else(|| Unread::new(Obstacle::Missing, format!("there is no alarm '{name}'")))?;
        Ok(AlarmBefore {
            name: name.to_owned(),
            state: match alarm.state_value() {
                Some(StateValue::Alarm) => AlarmState::Alarm,
                Some(StateValue::Ok) => AlarmState::Ok,
                _ => AlarmState::InsufficientData,
            },
            actions: alarm.alarm_actions().len(),
            actions_enabled: alarm.actions_enabled().unwrap_or(true),
        })
    }

    /// Sets the state of an alarm. CloudWatch sets the state by its own evaluation again, within a period of the alarm.
    ///
    /// # Errors
    /// If AWS refuses the call, with its reason.
    pub async fn set_alarm(&self, name: &str, state: AlarmState, reason: &str) -> Read<()> {
        let value = match state {
            AlarmState::Alarm => StateValue::Alarm,
            AlarmState::Ok => StateValue::Ok,
            AlarmState::InsufficientData => StateValue::InsufficientData,
        };
        let request = self.cloudwatch.set_alarm_state().alarm_name(name).state_value(value);
        let answer = request.state_reason(reason).send().await;
        answer.map(drop).map_err(|error| Unread::of(&format!("set the alarm '{name}'"), &error))
    }
}
