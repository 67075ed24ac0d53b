//! Generation of texts by format, field name and length.

use super::field_names::SECRET;

/// Maximum length of a text, in characters.
const MAX_LENGTH: usize = 10_000;
/// Text for a field of which nothing is known.
pub const DEFAULT_TEXT: &str = "example";

/// Requirements on a text.
pub struct TextRequest<'a> {
    /// Texts for its format or its field name, the preferred one first.
    pub known: &'a [&'a str],
    /// Minimum and maximum length, in characters.
    pub length: (usize, usize),
    /// Index that makes texts different.
    pub variant: usize,
}

/// Returns texts of the required length, the preferred one first.
pub fn texts(wanted: &TextRequest<'_>) -> Vec<String> {
    let (least, most) = wanted.length;
    if least > most || least > MAX_LENGTH {
        return Vec::new();
    }
    let known: Vec<String> = wanted.known.iter().map(|text| vary(text, wanted.variant)).collect();
    let plain = stretch(&vary(DEFAULT_TEXT, wanted.variant), least);
    let stretched = known.iter().map(|text| stretch(text, least));
    let mut texts: Vec<String> = Vec::new();
    // Unchanged texts first, then extended ones, and a truncated one last.
    for text in known.iter().cloned().chain(stretched).chain([plain.clone(), plain.chars().take(most).collect()]) {
        if (least..=most).contains(&text.chars().count()) && !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// Returns the texts for a format, the preferred one first.
pub fn of_format(format: &str) -> &'static [&'static str] {
    match format {
        "date-time" => &["2026-02-04T10:11:12Z"],
        "date" => &["2026-02-04"],
        "time" => &["10:11:12Z"],
        "duration" => &["PT1H"],
        "email" | "idn-email" => &["ana@acme.example", "a@b.example"],
        "uri" | "url" | "iri" | "uri-reference" | "iri-reference" | "uri-template" => &["https://acme.example"],
        "uuid" | "guid" => &["5f0e1d2c-0000-4000-8000-000000000001"],
        "ipv4" | "ip" => &["192.0.2.1"],
        "ipv6" => &["2001:db8::1"],
        "hostname" | "idn-hostname" => &["acme.example"],
        "byte" | "base64" => &["aGk="],
        "binary" => &["text of a file", "text"],
        "password" => &[SECRET],
        "phone" => &["+5511900000000"],
        "json-pointer" => &["/example"],
        "regex" => &["^example$"],
        "int32" | "int64" | "integer" => &["1"],
        "decimal" | "float" | "double" | "number" => &["1.5"],
        _ => &[],
    }
}

/// Returns a different text of the same kind.
fn vary(text: &str, variant: usize) -> String {
    if variant == 0 {
        return text.to_owned();
    }
    if let Some(groups) = text.strip_suffix("aGk=") {
        return format!("{groups}{}aGk=", "aGlo".repeat(variant));
    }
    // The last number is incremented, with the same width.
    if let Some(last) = text.rfind(|letter: char| letter.is_ascii_digit()) {
        let begin = text[..=last].rfind(|letter: char| !letter.is_ascii_digit()).map_or(0, |before| before + 1);
        if let Ok(number) = text[begin..=last].parse::<u64>() {
            let width = last + 1 - begin;
            let next = number.saturating_add(variant as u64);
            return format!("{}{next:0width$}{}", &text[..begin], &text[last + 1..]);
        }
    }
    let number = variant + 1;
    match text.split_once('@') {
        Some((local, domain)) => format!("{local}{number}@{domain}"),
        None if text.starts_with("https://") => format!("{text}/{number}"),
        None => format!("{text}{number}"),
    }
}

/// Extends a text to a minimum length, keeping its kind.
fn stretch(text: &str, least: usize) -> String {
    let missing = least.saturating_sub(text.chars().count());
    if missing == 0 {
        return text.to_owned();
    }
    if let Some(groups) = text.strip_suffix("aGk=") {
        return format!("{groups}{}aGk=", "aGlo".repeat(missing.div_ceil(4)));
    }
    if text.starts_with("https://") {
        return format!("{text}/{}", "a".repeat(missing - 1));
    }
    if text.contains('@') {
        return format!("{}{text}", "a".repeat(missing));
    }
    if text == SECRET {
        return format!("{text}{}", "-padded".chars().cycle().take(missing).collect::<String>());
    }
    let mut letters: Vec<char> = text.chars().chain([' ']).cycle().take(least).collect();
    // A trailing space is invisible.
    if let (Some(last), Some(first)) = (letters.last_mut().filter(|last| **last == ' '), text.chars().next()) {
        *last = first;
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(format: Option<&str>, name: &str, length: (usize, usize), variant: usize) -> String {
        let known = format.map_or_else(|| super::super::field_names::FieldContent::of(name).texts, of_format);
        texts(&TextRequest { known, length, variant }).first().cloned().unwrap_or_default()
    }

    #[test]
    fn a_format_has_a_text() {
        for (format, text) in [
            ("date-time", "2026-02-04T10:11:12Z"),
            ("date", "2026-02-04"),
            ("time", "10:11:12Z"),
            ("email", "ana@acme.example"),
            ("uuid", "5f0e1d2c-0000-4000-8000-000000000001"),
            ("ipv4", "192.0.2.1"),
            ("ipv6", "2001:db8::1"),
            ("byte", "aGk="),
            ("binary", "text of a file"),
            ("password", "not-a-real-secret"),
            ("uri", "https://acme.example"),
            ("hostname", "acme.example"),
            ("unheard-of", "example"),
        ] {
            assert_eq!(best(Some(format), "", (0, 99), 0), text);
        }
    }

    #[test]
    fn a_text_keeps_its_kind_when_it_is_stretched() {
        assert_eq!(best(Some("email"), "", (20, 99), 0), "aaaaana@acme.example");
        assert_eq!(best(Some("uri"), "", (24, 24), 0), "https://acme.example/aaa");
        assert_eq!(best(Some("byte"), "", (5, 9), 0), "aGloaGk=");
        assert_eq!(best(Some("password"), "", (20, 20), 0), "not-a-real-secret-pa");
        assert_eq!(best(None, "", (16, 16), 0), "example examplee");
        assert_eq!(best(None, "id", (10, 99), 0), "exmple01 e");
    }

    #[test]
    fn a_text_that_is_shorter_is_preferred_to_a_piece() {
        assert_eq!(best(None, "country", (3, 3), 0), "BRA");
        assert_eq!(best(Some("email"), "", (0, 11), 0), "a@b.example");
        assert_eq!(best(None, "", (0, 3), 0), "exa");
        assert_eq!(best(None, "", (0, 0), 0), "");
        assert_eq!(texts(&TextRequest { known: &[], length: (3, 2), variant: 0 }), Vec::<String>::new());
        assert_eq!(texts(&TextRequest { known: &[], length: (99_999, usize::MAX), variant: 0 }), Vec::<String>::new());
    }

    #[test]
    fn variants_differ_and_keep_their_kind() {
        for (format, name, text) in [
            (Some("uuid"), "", "5f0e1d2c-0000-4000-8000-000000000002"),
            (Some("date-time"), "", "2026-02-04T10:11:13Z"),
            (Some("email"), "", "ana2@acme.example"),
            (Some("uri"), "", "https://acme.example/2"),
            (Some("byte"), "", "aGloaGk="),
            (None, "id", "exmple02"),
            (None, "kind", "example2"),
        ] {
            assert_eq!(best(format, name, (0, 99), 1), text);
        }
    }
}
