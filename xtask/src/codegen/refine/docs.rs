//! Conversion of descriptions to doc comments.

use syn::{Attribute, Expr, ExprLit, Lit, Meta, parse_quote};

/// Maximum length of a line, without its indentation.
const WIDTH: usize = 100;

/// Returns a doc attribute for each line.
pub fn lines(text: &str) -> Vec<Attribute> {
    wrap(text).iter().map(|text| line(text)).collect()
}

/// Returns the doc attribute of one line, unchanged.
pub fn line(text: &str) -> Attribute {
    let text = if text.is_empty() { String::new() } else { format!(" {text}") };
    parse_quote!(#[doc = #text])
}

/// Returns the comment as source, with this indentation.
pub fn comment(indent: &str, text: &str) -> String {
    comment_lines(indent, &wrap(text))
}

/// Returns the doc attributes of lines, unchanged.
pub fn comment_lines(indent: &str, lines: &[String]) -> String {
    lines.iter().map(|line| format!("{indent}/// {line}").trim_end().to_owned() + "\n").collect()
}

/// Wraps paragraphs; code, lists, tables and quotes stay as they are.
pub fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut fence: Option<String> = None;
    for raw in text.trim().lines() {
        let raw: String = raw.trim_end().chars().filter(|c| is_visible(*c)).collect();
        let bare = raw.trim_start();
        if let Some(open) = &fence {
            lines.push(raw.clone());
            if bare.starts_with(open.as_str()) && bare.trim_start_matches(['`', '~']).trim().is_empty() {
                fence = None;
            }
            continue;
        }
        if let Some(mark) = fence_of(bare) {
            let indent = &raw[..raw.len() - bare.len()];
            let language = bare.trim_start_matches(['`', '~']).trim();
            let language = if is_plain_language(language) { language } else { "text" };
            // Code that is indented by four would be run as a test, and so would a fence in it.
            lines.push(format!("{}{mark}{language}", &indent[..indent.len().min(3)]));
            fence = Some(mark);
            continue;
        }
        let indent = raw.len() - bare.len();
        if keeps_its_lines(bare) {
            lines.push(format!("{}{bare}", " ".repeat(indent.min(MAX_INDENT))));
            continue;
        }
        let mut line = String::new();
        for word in bare.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    // An unclosed block would include the rest of the comment.
    lines.extend(fence);
    lines
}

/// Maximum indentation that Markdown does not take for code.
const MAX_INDENT: usize = 3;

/// Returns `false` for control characters and for characters that change the text direction, which must not appear in
/// source.
pub fn is_visible(c: char) -> bool {
    c == '\t'
        || !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

fn fence_of(line: &str) -> Option<String> {
    let sign = line.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let length = line.chars().take_while(|c| *c == sign).count();
    (length >= 3 && !line[length..].contains('`')).then(|| sign.to_string().repeat(length))
}

/// Returns `true` if rustdoc does not run code of this language: it runs unlabelled code, and some labels are
/// directives.
fn is_plain_language(language: &str) -> bool {
    const SHOWN: [&str; 12] =
        ["json", "http", "bash", "sh", "shell", "text", "xml", "yaml", "html", "javascript", "python", "php"];
    SHOWN.contains(&language.to_ascii_lowercase().as_str())
}

fn keeps_its_lines(line: &str) -> bool {
    line.starts_with(['|', '>', '#'])
        || line.starts_with("- ")
        || line.starts_with("* ")
        || line.starts_with("+ ")
        || line.split_once(['.', ')']).is_some_and(|(number, rest)| {
            !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(' ')
        })
}

/// Returns the text of the doc attributes.
pub fn text(attributes: &[Attribute]) -> String {
    let parts: Vec<String> = attributes.iter().filter_map(doc_value).collect();
    parts.join("\n")
}

fn doc_value(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    if !pair.path.is_ident("doc") {
        return None;
    }
    match &pair.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            Some(text.value().strip_prefix(' ').map_or_else(|| text.value(), ToOwned::to_owned))
        }
        _ => None,
    }
}

/// Returns the first sentence of a description; `None` if there is none.
pub fn first_sentence(text: &str) -> Option<&str> {
    let text = text.trim();
    if text.is_empty() || is_name(text) {
        return None;
    }
    let paragraph = text.split("\n\n").next().unwrap_or(text);
    let end = paragraph.match_indices(". ").find(|(at, _)| paragraph[at + 2..].starts_with(char::is_uppercase));
    Some(end.map_or(paragraph, |(at, _)| &paragraph[..=at]))
}

/// Returns `true` for the name that the generator writes if there is no description.
fn is_name(text: &str) -> bool {
    text.starts_with('`') && text.ends_with('`') && !text.contains(' ')
}

/// Rewraps the doc attributes; `fallback` is used if there are none.
pub fn normalise(attributes: &mut Vec<Attribute>, fallback: &str) {
    let text = text(attributes).trim().to_owned();
    let described = !text.is_empty() && !is_name(&text);
    attributes.retain(|attribute| doc_value(attribute).is_none());
    let mut all = lines(if described { &text } else { fallback });
    all.append(attributes);
    *attributes = all;
}

/// Adds a paragraph to the comment that the attributes begin with; nothing if it is empty.
pub fn add_paragraph(attributes: &mut Vec<Attribute>, text: &str) {
    let at = attributes.iter().take_while(|attribute| doc_value(attribute).is_some()).count();
    let paragraph = (!text.is_empty()).then(|| std::iter::once(line("")).chain(lines(text)));
    attributes.splice(at..at, paragraph.into_iter().flatten());
}

#[cfg(test)]
mod tests {
    use super::{first_sentence, wrap};

    #[test]
    fn the_first_sentence_describes_a_field_by_its_type() {
        for (text, expected) in [
            ("State of a ship. Other values exist.", Some("State of a ship.")),
            ("Speed, i.e. knots. `KN` is one", Some("Speed, i.e. knots. `KN` is one")),
            ("State of a ship\n\nOther values exist.", Some("State of a ship")),
            ("Begins with `CHK`", Some("Begins with `CHK`")),
            ("`Ship`", None),
            (" ", None),
        ] {
            assert_eq!(first_sentence(text), expected, "{text}");
        }
    }

    /// Published text is shown and never run.
    #[test]
    fn no_code_of_a_description_is_a_test() {
        for (text, expected) in [
            ("```\nlet x = 1;\n```", "```text\nlet x = 1;\n```"),
            ("```rust\nfn f() {}\n```\nafter", "```text\nfn f() {}\n```\nafter"),
            ("~~~compile_fail\n  a\n~~~", "~~~text\n  a\n~~~"),
            ("```json\n{\"a\": 1}\n```", "```json\n{\"a\": 1}\n```"),
            ("before\n\n    assert!(false);", "before\n\nassert!(false);"),
            ("````ignore\n```\na\n```\n````", "````text\n```\na\n```\n````"),
            ("```\nnever closed", "```text\nnever closed\n```"),
            (
                "- one\n  - two\n      - three\n\n| a | b |\n|---|---|",
                "- one\n  - two\n   - three\n\n| a | b |\n|---|---|",
            ),
            ("a\u{202e}b\u{7}c", "abc"),
        ] {
            assert_eq!(wrap(text).join("\n"), expected, "{text}");
        }
    }
}
