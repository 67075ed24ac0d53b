//! A generated part of a file that people write, between two markers.

/// The text with `inside` between the markers, each of which ends its line; `None` if it has no such place.
pub fn splice(text: &str, start: &str, inside: &str, end: &str) -> Option<String> {
    let (before, rest) = text.split_once(&format!("{start}\n"))?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{start}\n{inside}{end}{after}"))
}
