//! Texts of others, made harmless: a terminal obeys control characters, so that a vendor's text could rewrite the screen.

use std::fmt::Write as _;

/// Returns a text with the characters that a terminal obeys as JSON escapes. A line feed and a tab stay if `keeps_lines`.
pub(crate) fn printable(text: &str, keeps_lines: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' if keeps_lines => shown.push(character),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            // All of them have four hexadecimal digits.
            _ if is_control(character) => {
                let _ = write!(shown, "\\u{:04x}", u32::from(character));
            }
            _ => shown.push(character),
        }
    }
    shown
}

/// Returns `true` for control characters, for those that separate lines, and for those by which Unicode changes the direction of
/// a text.
pub(crate) fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_and_not_obeyed() {
        for (text, one_line, lines) in [
            ("São João 李", "São João 李", "São João 李"),
            ("a\tb\r\nc", "a\\tb\\r\\nc", "a\tb\\r\nc"),
            ("\x1b]0;x\x07\u{9b}2J\x7f", "\\u001b]0;x\\u0007\\u009b2J\\u007f", "\\u001b]0;x\\u0007\\u009b2J\\u007f"),
            ("exe.\u{202e}gpj\u{2028}", "exe.\\u202egpj\\u2028", "exe.\\u202egpj\\u2028"),
        ] {
            assert_eq!(printable(text, false), one_line);
            assert_eq!(printable(text, true), lines);
        }
    }
}
