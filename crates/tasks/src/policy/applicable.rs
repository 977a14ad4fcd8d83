//! The parameters of the policy that apply to the kind of the scaled resource.

use super::parse::refuse;
use crate::{PolicyText, ResourceKind, TaskError};
use std::borrow::Cow;

/// Returns the policy without the texts that this kind ignores, which the template passes for every kind. Refuses parameters by which a user
/// expects an effect that this kind does not have.
pub(crate) fn applicable<'a>(
    text: &'a PolicyText,
    kind: &ResourceKind,
) -> Result<Cow<'a, PolicyText>, TaskError> {
    for (parameter, refused, why) in kind.refused {
        let stated = text.get(parameter);
        if refused.map_or(!stated.is_empty(), |refused| stated == refused) {
            return refuse(why);
        }
    }
    if kind.ignored.is_empty() {
        return Ok(Cow::Borrowed(text));
    }
    Ok(Cow::Owned(text.clone().with(kind.ignored.iter().map(|parameter| (*parameter, "")))))
}
