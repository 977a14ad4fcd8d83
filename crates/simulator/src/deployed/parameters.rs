//! The parameters of the template that affect a local run, and their values.

use std::collections::BTreeMap;
use std::sync::LazyLock;
pub use tasks::Parameter;
use tasks::{ALARM_PARAMETERS, POLICY_PARAMETERS, parameter, unused};

/// The parameter that MSF knows of an application.
const PARALLELISM_PER_KPU: Parameter =
    parameter("ParallelismPerKpu", "1", "the parallelism per KPU of the application, 1 to 8");

/// Every parameter that affects a local run.
pub static PARAMETERS: LazyLock<Vec<Parameter>> =
    LazyLock::new(|| [ALARM_PARAMETERS, &[PARALLELISM_PER_KPU], POLICY_PARAMETERS].concat());

/// The least similarity of an unknown name to a parameter that a message suggests, from 0 to 1 for equal names.
const LEAST_SIMILARITY: f64 = 0.6;

/// Values for all parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    set: BTreeMap<&'static str, String>,
}

/// Invalid parameters: a sentence that names them and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParameterError(pub(crate) String);

impl Parameters {
    /// Sets a parameter by `Name=value`.
    ///
    /// # Errors
    /// If the text has another form or the parameter does not exist.
    pub fn set(&mut self, assignment: &str) -> Result<(), ParameterError> {
        let Some((name, value)) = assignment.split_once('=') else {
            return refuse(format!(
                "the assignment '{assignment}' has no equals sign; write it as NAME=VALUE, such as MaxKpu=32"
            ));
        };
        if let Some(parameter) = PARAMETERS.iter().find(|parameter| parameter.name == name) {
            self.set.insert(parameter.name, value.to_owned());
            return Ok(());
        }
        let similarity =
            |known: &str| strsim::normalized_damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase());
        let names = PARAMETERS.iter().map(|parameter| parameter.name);
        let near = names
            .max_by(|one, other| similarity(one).total_cmp(&similarity(other)))
            .filter(|name| similarity(name) >= LEAST_SIMILARITY);
        let hint = near
            .map_or("`kpu simulate --help` lists them".to_owned(), |near| format!("did you mean {near}?"));
        refuse(format!("there is no parameter '{name}'; {hint}"))
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let default =
            || PARAMETERS.iter().find(|parameter| parameter.name == name).map_or("", |found| found.default);
        self.set.get(name).map_or_else(default, String::as_str)
    }

    /// Every parameter with its value.
    pub fn all(&self) -> impl Iterator<Item = (Parameter, &str)> {
        PARAMETERS.iter().map(|parameter| (*parameter, self.get(parameter.name)))
    }

    /// Refuses a parameter of these assignments that cannot act with the other parameters.
    ///
    /// # Errors
    /// If an assigned value is not the default and is without effect.
    pub fn check_use(&self, assignments: &[String]) -> Result<(), ParameterError> {
        let names = assignments.iter().filter_map(|text| text.split_once('=')).map(|(name, _)| name);
        let given = names.map(|name| (name, self.get(name)));
        let first = unused(given, |name| Some(self.get(name))).next();
        first.map_or(Ok(()), |unused| refuse(unused.to_string()))
    }

    /// Parses a parameter that is a whole number within limits.
    pub(crate) fn whole(&self, name: &str, least: usize, most: usize) -> Result<usize, ParameterError> {
        let text = self.get(name);
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => refuse(format!("{name} is '{text}'; set it to a whole number from {least} to {most}")),
        }
    }
}

/// Rejects parameters with a message.
pub(crate) fn refuse<T>(message: String) -> Result<T, ParameterError> {
    Err(ParameterError(message))
}
