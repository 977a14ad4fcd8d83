//! The monthly budget, as the parameters state it.

use super::parse::{optional_number, refuse};
use crate::{PolicyText, TaskError};
use scaling::Budget;

/// The monthly budget, if the parameters set one.
pub(super) fn budget(text: &PolicyText, state_gigabytes: f64) -> Result<Option<Budget>, TaskError> {
    let positive = |parameter| match optional_number(text, parameter)? {
        Some(number) if number <= 0.0 => {
            refuse(&format!("{parameter} is {number}; set it to a number of dollars above 0"))
        }
        number => Ok(number),
    };
    let dollars = positive("MonthlyBudgetDollars")?;
    let price = positive("KpuHourDollars")?;
    match (dollars, price) {
        (Some(dollars), Some(dollars_per_kpu_hour)) => {
            Ok(Some(Budget { dollars, dollars_per_kpu_hour, state_gigabytes }))
        }
        (Some(_), None) => {
            refuse("KpuHourDollars is empty; set it to the price of a KPU-hour in your Region, such as 0.11")
        }
        (None, _) => Ok(None),
    }
}

/// The state of the application in gigabytes, or 0 if no parameter states it.
pub(super) fn state_gigabytes(text: &PolicyText) -> Result<f64, TaskError> {
    match optional_number(text, "StateGigabytes")? {
        Some(number) if number < 0.0 => refuse(&format!(
            "StateGigabytes is {number}; set it to the state of the application in GB, or to 0"
        )),
        number => Ok(number.unwrap_or(0.0)),
    }
}
