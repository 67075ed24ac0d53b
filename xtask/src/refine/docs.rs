//! Doc comments.

use syn::{Attribute, Expr, ExprLit, Lit, Meta, parse_quote};

/// Longest line of a doc comment, without its indentation.
const WIDTH: usize = 100;

/// One attribute for each line of the text.
pub fn lines(text: &str) -> Vec<Attribute> {
    wrap(text)
        .iter()
        .map(|line| {
            let line = if line.is_empty() { String::new() } else { format!(" {line}") };
            parse_quote!(#[doc = #line])
        })
        .collect()
}

/// Wraps paragraphs; what is indented or quoted stays as it is.
fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.trim().lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
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
    lines
}

/// The text of the doc comments among these attributes.
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
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
        _ => None,
    }
}

/// Rewrites the doc comments among these attributes line by line; `fallback` is for what has none.
pub fn normalise(attributes: &mut Vec<Attribute>, fallback: &str) {
    let text = text(attributes);
    // The generator repeats the name of what has no description.
    let is_name = text.starts_with('`') && text.ends_with('`') && !text.contains(' ');
    let described = !text.is_empty() && !is_name;
    attributes.retain(|attribute| doc_value(attribute).is_none());
    let mut all = lines(if described { &text } else { fallback });
    all.append(attributes);
    *attributes = all;
}
