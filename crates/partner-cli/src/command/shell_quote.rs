//! Words of a command line for a POSIX shell.

/// Returns a text as one word of a POSIX shell, in which nothing is expanded.
pub(crate) fn shell_quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@=,+".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) { text.to_owned() } else { single_quoted(text) }
}

/// Returns a text within quotation marks, so that it can be put together with others to one word.
pub(crate) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
