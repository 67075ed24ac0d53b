/// Returns the text on one line of at most `max_chars` characters, as it may be shown on a terminal and written to a log:
/// white space, control characters and those that change the text's direction become single spaces. `None` if nothing is
/// left.
pub(crate) fn printable(text: &str, max_chars: usize) -> Option<String> {
    let mut line = String::new();
    let mut room = max_chars;
    for word in text.split(|c: char| c.is_whitespace() || is_control(c)).filter(|word| !word.is_empty()) {
        let gap = if line.is_empty() { "" } else { " " };
        let mut chars = gap.chars().chain(word.chars());
        line.extend(chars.by_ref().take(room));
        if chars.next().is_some() {
            line.push('…');
            return Some(line);
        }
        room -= gap.len() + word.chars().count();
    }
    (!line.is_empty()).then_some(line)
}

/// Returns `true` for control characters, and for those by which Unicode changes the direction of a text: they make
/// `gpj.exe` look like `exe.jpg`.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_others_is_one_line_without_controls() {
        for (text, expected) in [
            ("Wrong payload", Some("Wrong payload")),
            (" a\r\n\tb\u{2028}c ", Some("a b c")),
            ("\x1b[2Jexe.\u{202e}gpj\u{9b}\0", Some("[2Jexe. gpj")),
            ("São João", Some("São João")),
            (" \n\x07", None),
            ("", None),
        ] {
            let line = printable(text, 20);
            assert_eq!(line.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        for (text, expected) in
            [("ação", "ação"), ("ações", "açõe…"), ("aç ão", "aç ã…"), ("açõe s", "açõe…"), ("açã\n\n", "açã")]
        {
            assert_eq!(printable(text, 4).as_deref(), Some(expected), "{text:?}");
        }
    }
}
