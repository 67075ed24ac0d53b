//! Identifiers and literals of examples.

use proc_macro2::{Ident, Literal};
use quote::format_ident;

use crate::codegen::refine::docs::is_visible;
use crate::spec::names::is_keyword;

/// Names that mean the same in every example.
pub const RESERVED: [&str; 3] = ["answer", "body", "client"];

/// Returns the identifier of a variable; `None` if no variable can have the name.
pub fn variable(name: &str) -> Option<Ident> {
    (!is_keyword(name) && !RESERVED.contains(&name)).then(|| format_ident!("{name}"))
}

/// Writes a string literal. Characters that change the direction of text are escaped.
pub fn text(value: &str) -> Literal {
    let escaped: String = format!("{value:?}")
        .chars()
        .map(|c| if is_visible(c) { c.to_string() } else { c.escape_unicode().to_string() })
        .collect();
    escaped.parse().unwrap_or_else(|_| Literal::string(value))
}
