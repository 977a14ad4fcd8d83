//! Values in the form of `sam deploy --parameter-overrides`.

/// Whether a value needs no quotation marks for a shell and for SAM, which reads a value without them up to the first space.
pub(crate) fn is_plain(value: &str) -> bool {
    value.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-/@=:+%".contains(letter))
}

/// Returns an assignment in the form for a shell and for SAM. A placeholder in angle brackets has the quotation marks of the shell only,
/// because the user replaces it.
pub(crate) fn assignment(name: &str, value: &str) -> String {
    if value.is_empty() || value.starts_with('<') {
        format!("'{name}={value}'")
    } else if is_plain(value) {
        format!("{name}={value}")
    } else {
        format!("'{name}=\"{value}\"'")
    }
}
