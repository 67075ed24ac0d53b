//! Descriptions of the spec, which are Markdown, as plain text.

/// Returns Markdown on one line, without the marks that a terminal would show: code, emphasis, links.
pub(crate) fn plain(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(letter) = rest.chars().next() {
        if let Some((label, after)) = link(rest) {
            text.push_str(&plain(label));
            rest = after;
            continue;
        }
        let skipped = match letter {
            '`' => 1,
            '*' if rest.starts_with("**") => 2,
            _ => 0,
        };
        if skipped == 0 {
            text.push(letter);
        }
        rest = &rest[skipped.max(letter.len_utf8())..];
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the label of a link that a text begins with, and what comes behind the link.
fn link(text: &str) -> Option<(&str, &str)> {
    let (label, after) = text.strip_prefix('[')?.split_once("](")?;
    let (_, after) = after.split_once(')')?;
    (!label.contains(['[', ']'])).then_some((label, after))
}

/// Returns the first sentence of a plain text without its full stop.
pub(crate) fn first_sentence(text: &str) -> &str {
    // `e.g. x` ends no sentence, and the next one begins with a capital letter or a figure.
    let ends = text.match_indices(". ").map(|(end, _)| end);
    let end = ends.into_iter().find(|end| {
        let next = text[end + 2..].chars().next();
        next.is_some_and(|next| next.is_uppercase() || next.is_numeric()) && !text[..*end].ends_with("e.g")
    });
    text[..end.unwrap_or(text.len())].trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_left_out_and_what_they_mark_stays() {
        for (markdown, text) in [
            ("Of `a_b`, see [the `c` page](https://x.example/y(z)).", "Of a_b, see the c page)."),
            ("A list [of texts] (long)", "A list [of texts] (long)"),
            ("**Bold** and\n  3 * 4, snake_case", "Bold and 3 * 4, snake_case"),
            ("é[x](", "é[x]("),
        ] {
            assert_eq!(plain(markdown), text);
        }
    }

    #[test]
    fn a_sentence_ends_where_the_next_begins() {
        for (text, first) in [
            ("Name, e.g. of a flat. It is shown.", "Name, e.g. of a flat"),
            ("Version 1. 2 of them.", "Version 1"),
            ("The only one.", "The only one"),
            ("A dot. in the middle", "A dot. in the middle"),
            ("", ""),
        ] {
            assert_eq!(first_sentence(text), first);
        }
    }
}
