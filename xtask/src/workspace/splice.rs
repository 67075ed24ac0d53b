//! Generated sections of hand-written files.

/// Returns the text with `inside` between two markers, each of which ends its line; `None` if they are missing.
pub fn splice(text: &str, start: &str, inside: &str, end: &str) -> Option<String> {
    let (before, rest) = text.split_once(&format!("{start}\n"))?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{start}\n{inside}{end}{after}"))
}
