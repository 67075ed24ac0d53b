use unicode_normalization::UnicodeNormalization as _;

/// Returns the form in which names and e-mail addresses are compared: Unicode NFKC, lower case, trimmed, and each run
/// of white space as one space.
///
/// ```
/// use tenant_onboarding::normalize;
///
/// assert_eq!(normalize(" IT@Aurora.example"), normalize("it@aurora.example"));
/// assert_eq!(normalize("Cafe\u{301}  Sol"), normalize("CAFÉ SOL"));
/// ```
pub fn normalize(text: &str) -> String {
    let lower = text.nfkc().collect::<String>().to_lowercase();
    // Lower-casing may decompose a character again.
    let composed: String = lower.nfkc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the text safe for a terminal: control characters and those that change the text's direction become U+FFFD.
pub fn printable(text: &str) -> String {
    let controls = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if controls(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_form_and_spaces_make_no_difference_and_letters_do() {
        for other in ["IT@AURORA.EXAMPLE", " it@aurora.example\t", "ｉｔ@aurora.example"] {
            assert_eq!(normalize(other), "it@aurora.example", "{other:?}");
        }
        assert_eq!(normalize("A\u{30a}ngstro\u{308}m \u{a0} AB"), normalize("Ångström ab"));
        assert_ne!(normalize("ñ@x.example"), normalize("n@x.example"));
        assert_eq!(normalize(&normalize("İstanbul")), normalize("İstanbul"));
    }

    #[test]
    fn nothing_that_controls_a_terminal_is_left() {
        assert_eq!(
            printable("\x1b]0;a\x07\x1b[2J\nb\u{202e}c\u{9b}"),
            "\u{fffd}]0;a\u{fffd}\u{fffd}[2J\u{fffd}b\u{fffd}c\u{fffd}"
        );
        assert_eq!(printable("São João & Söhne"), "São João & Söhne");
    }
}
