//! The policy as the template states it.

use super::parameters::default_text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The policy in the input of the state machine: a map from the names of [`crate::POLICY_PARAMETERS`] and [`crate::STACK_VALUES`] to the
/// texts of the template. An absent parameter has its default, because an execution may have begun before an upgrade that added the
/// parameter. An absent value of the stack has an empty text.
///
/// The state machine sets the policy once, in the input of `Check`, and the execution passes it on. So one policy decides a whole
/// execution, even if the stack is updated meanwhile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyText(BTreeMap<String, String>);

impl PolicyText {
    /// The text of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let default = || default_text(name);
        debug_assert!(default().is_some(), "{name} is not a parameter of the policy");
        self.0.get(name).map_or_else(|| default().unwrap_or_default(), String::as_str)
    }

    /// The same policy with other texts for these parameters.
    #[must_use]
    pub fn with<'a>(mut self, texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        for (name, text) in texts {
            debug_assert!(default_text(name).is_some(), "{name} is not a parameter of the policy");
            self.0.insert(name.to_owned(), text.to_owned());
        }
        self
    }

    /// The names of the user alarms.
    pub fn more_alarms(&self) -> impl Iterator<Item = String> {
        let out = further(self.get("MoreScaleOutAlarms"), self.get("ScaleOutAlarm"));
        out.into_iter().chain(further(self.get("MoreScaleInAlarms"), self.get("ScaleInAlarm")))
    }
}

/// The names in a list, without the name that is known already.
pub(crate) fn further(list: &str, known: &str) -> Vec<String> {
    names_in(list).filter(|name| *name != known).map(str::to_owned).collect()
}

/// The names in a list.
pub(crate) fn names_in(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty())
}
