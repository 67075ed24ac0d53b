//! Generation of texts from a regular expression.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Maximum length of a text, in characters.
const MAX_LENGTH: usize = 10_000;
/// Maximum number of steps for one text.
const MAX_STEPS: usize = 100_000;
/// Characters that are preferred in a class.
const READABLE: [&str; 3] = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "1234567890"];

/// Returns texts that match a pattern and, as far as possible, have a length in characters between `least` and `most`, the
/// preferred one first. Empty if the pattern can't be parsed. Each `variant` has other characters.
pub fn matching(pattern: &str, (least, most): (usize, usize), variant: usize) -> Vec<String> {
    let plain = plain(pattern);
    // Without Unicode first: `\d` is then ten digits, and classes are small.
    let parse =
        |unicode: bool| ParserBuilder::new().unicode(unicode).utf8(unicode).nest_limit(64).build().parse(&plain).ok();
    let Some(hir) = parse(false).or_else(|| parse(true)) else { return Vec::new() };
    let mut texts: Vec<String> = Vec::new();
    for (optional, shortest) in [(true, false), (false, false), (false, true)] {
        let write = |grow: usize| {
            let mut text = Text { text: String::new(), grow, optional, shortest, variant, steps: 0 };
            text.write(&hir).map(|()| text.text)
        };
        let Some(text) = write(0) else { continue };
        let missing = least.saturating_sub(text.chars().count());
        let Some(text) = (if missing == 0 { Some(text) } else { write(missing) }) else { continue };
        let still = least.saturating_sub(text.chars().count());
        if text.chars().count() <= most && still <= MAX_LENGTH && !texts.contains(&text) {
            // A pattern without an end anchor allows any suffix.
            texts.push(text + &"a".repeat(still));
        }
    }
    texts
}

/// Removes lookaround assertions, and rewrites Python's `\Z` as `\z`.
fn plain(pattern: &str) -> String {
    let letters: Vec<char> = pattern.chars().collect();
    let mut plain = String::with_capacity(pattern.len());
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let end = match letter {
            '\\' => at + 2,
            '[' => after_class(&letters, at),
            '(' if looks_around(&letters[at..]) => {
                at = after_group(&letters, at);
                continue;
            }
            _ => at + 1,
        };
        let end = end.min(letters.len());
        match &letters[at..end] {
            ['\\', 'Z'] => plain.push_str(r"\z"),
            other => plain.extend(other),
        }
        at = end;
    }
    plain
}

fn looks_around(letters: &[char]) -> bool {
    matches!(letters, ['(', '?', '=' | '!', ..] | ['(', '?', '<', '=' | '!', ..])
}

/// Returns the index behind the character class that begins here.
fn after_class(letters: &[char], begin: usize) -> usize {
    let mut at = begin + 1;
    while let Some(letter) = letters.get(at) {
        match letter {
            '\\' => at += 1,
            ']' => return at + 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// Returns the index behind the group that begins here.
fn after_group(letters: &[char], begin: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = begin;
    while let Some(letter) = letters.get(at) {
        match letter {
            '\\' => at += 1,
            '[' => {
                at = after_class(letters, at);
                continue;
            }
            '(' => depth += 1,
            ')' if depth == 1 => return at + 1,
            ')' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    at
}

struct Text {
    text: String,
    /// Number of characters still missing.
    grow: usize,
    /// Optional parts are written once.
    optional: bool,
    /// The shortest alternative is taken instead of the first.
    shortest: bool,
    variant: usize,
    steps: usize,
}

impl Text {
    fn write(&mut self, hir: &Hir) -> Option<()> {
        self.steps += 1;
        if self.text.len() > MAX_LENGTH || self.steps > MAX_STEPS {
            return None;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Some(()),
            HirKind::Literal(literal) => {
                self.text.push_str(std::str::from_utf8(&literal.0).ok()?);
                Some(())
            }
            HirKind::Class(class) => {
                let letter = self.pick(class)?;
                self.text.push(letter);
                Some(())
            }
            HirKind::Capture(capture) => self.write(&capture.sub),
            HirKind::Concat(list) => list.iter().try_for_each(|hir| self.write(hir)),
            HirKind::Alternation(list) => {
                let mut order: Vec<&Hir> = list.iter().collect();
                if self.shortest {
                    order.sort_by_key(|hir| hir.properties().minimum_len());
                }
                let (length, grow) = (self.text.len(), self.grow);
                order.into_iter().find_map(|hir| {
                    self.text.truncate(length);
                    self.grow = grow;
                    self.write(hir)
                })
            }
            HirKind::Repetition(repetition) => {
                let most = repetition.max.unwrap_or(u32::MAX);
                let least = repetition.min.max(u32::from(self.optional)).min(most);
                let mut count = 0;
                while count < least || (count < most && self.grow > 0) {
                    let length = self.text.len();
                    let written = self.write(&repetition.sub);
                    if written.is_none() && count >= repetition.min {
                        self.text.truncate(length);
                        break;
                    }
                    written?;
                    let added = self.text[length..].chars().count();
                    if added == 0 {
                        break;
                    }
                    if count >= least {
                        self.grow = self.grow.saturating_sub(added);
                    }
                    count += 1;
                }
                Some(())
            }
        }
    }

    /// Returns a character of a class, another one at each position.
    fn pick(&self, class: &Class) -> Option<char> {
        let ranges: Vec<(char, char)> = match class {
            Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
            // A byte beyond ASCII is not a character.
            Class::Bytes(class) => {
                let ascii = class.iter().filter(|range| range.start().is_ascii());
                ascii.map(|range| (char::from(range.start()), char::from(range.end().min(0x7f)))).collect()
            }
        };
        let holds = |letter: &char| ranges.iter().any(|(start, end)| start <= letter && letter <= end);
        for readable in READABLE {
            let letters: Vec<char> = readable.chars().filter(holds).collect();
            if !letters.is_empty() {
                return letters.get((self.text.len() + self.variant) % letters.len()).copied();
            }
        }
        ranges.iter().map(|(start, _)| *start).find(|letter| !letter.is_control()).or(Some(ranges.first()?.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(pattern: &str, least: usize, most: usize) -> String {
        matching(pattern, (least, most), 0).first().cloned().unwrap_or_default()
    }

    #[test]
    fn each_part_of_a_pattern_becomes_readable_text() {
        for (pattern, text) in [
            ("^abc$", "abc"),
            (r"^\d{5}-\d{3}$", "12345-789"),
            ("^[a-z]+$", "a"),
            ("^[A-F]{3}$", "ABC"),
            ("^[^a-z]$", "A"),
            ("^(?:one|two)$", "one"),
            (r"^(?P<year>\d{4})\Z", "1234"),
            (r"^\w+@\w+\.com$", "a@c.com"),
            ("^a?b*$", "ab"),
            (r"^(?=.*\d)(?!x[)(])[a-z]{2}(?<=b)$", "ab"),
            ("^[)(?=]$", "("),
            (r"^\(?=b$", "(=b"),
            (r"^\p{Greek}$", "\u{370}"),
            ("^é+$", "é"),
            (r"^[\[\]]$", "["),
        ] {
            assert_eq!(first(pattern, 0, usize::MAX), text, "{pattern}");
        }
    }

    #[test]
    fn bounds_of_the_length_are_kept_where_they_can_be() {
        assert_eq!(first("^[a-z]*$", 5, 5), "abcde");
        assert_eq!(first("^[a-z]*$", 0, 0), "");
        assert_eq!(first(r"^(\d{3})?x{2}$", 0, 2), "xx");
        assert_eq!(first(r"^(longer|no)$", 0, 3), "no");
        assert_eq!(first("^a{2,4}b+$", 8, 20), "aaaabbbb");
        assert_eq!(first("^x", 3, 3), "xaa");
        assert_eq!(first("^(long)$", 0, 3), "");
    }

    #[test]
    fn variants_differ_where_they_can() {
        assert_ne!(matching("^[a-z]{3}$", (0, 9), 0), matching("^[a-z]{3}$", (0, 9), 1));
        assert_eq!(matching("^abc$", (0, 9), 0), matching("^abc$", (0, 9), 1));
    }

    #[test]
    fn odd_patterns_are_ignored_or_given_up() {
        for pattern in ["(", "{{", "[", "[\\", "\\", r"(a)\1", r"[^\s\S]", "((a{1000}){1000}){1000}"] {
            assert_eq!(matching(pattern, (0, usize::MAX), 0), Vec::<String>::new(), "{pattern}");
        }
        assert_eq!(first("(){1000000}", 5, 9), "aaaaa");
        assert_eq!(first("^a*$", usize::MAX, usize::MAX), "");
    }
}
