//! Layout of one example: the visible code, and the hidden lines around it.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::Attribute;

use crate::codegen::refine::docs;

/// Types of the runtime that each client's crate exports at its root.
pub const OF_ROOT: [&str; 5] = ["Base64", "FilePart", "Secret", "Sort", "Timestamp"];

/// Code in a comment.
pub struct Example {
    /// `use` lines before the code.
    uses: Vec<String>,
    /// Signature of the hidden function around the code.
    signature: String,
    /// Lines of the code.
    lines: Vec<String>,
}

/// Statements that are set apart by a blank line.
pub struct Paragraph {
    pub comment: Option<&'static str>,
    pub statements: TokenStream,
}

impl Paragraph {
    pub fn of(statements: TokenStream) -> Self {
        Self { comment: None, statements }
    }
}

impl Example {
    /// Lays out an example. `arguments` are those of the hidden function, `more` further paths to use. `None` if the statements
    /// can't be parsed.
    pub fn of(krate: &str, arguments: &str, is_async: bool, more: &[&str], paragraphs: &[Paragraph]) -> Option<Self> {
        let mut lines = Vec::new();
        let mut roots = Vec::new();
        for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.statements.is_empty()) {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(paragraph.comment.map(|comment| format!("// {comment}")));
            lines.extend(format(&paragraph.statements)?);
            add_roots(&paragraph.statements, &mut roots);
        }
        let mut named: Vec<&str> = OF_ROOT.into_iter().filter(|name| roots.iter().any(|root| root == name)).collect();
        if roots.iter().any(|root| root == "types") {
            named.push("types");
        }
        let own = match named.as_slice() {
            [] => None,
            [one] => Some(format!("use {krate}::{one};")),
            several => Some(format!("use {krate}::{{{}}};", several.join(", "))),
        };
        let mut uses: Vec<String> = more.iter().map(|path| format!("use {path};")).chain(own).collect();
        uses.sort();
        let is_async = if is_async { "async " } else { "" };
        let signature = format!("{is_async}fn example({arguments}) -> Result<(), Box<dyn std::error::Error>> {{");
        Some(Self { uses, signature, lines })
    }

    /// Returns the attributes of a comment that shows the example.
    pub fn attributes(&self) -> Vec<Attribute> {
        let lines = self.documentation();
        lines.iter().map(|line| docs::line(line)).collect()
    }

    /// Returns the lines of a comment that shows the example.
    pub fn documentation(&self) -> Vec<String> {
        let mut lines: Vec<String> = ["", "# Example", "", "```no_run"].map(ToOwned::to_owned).to_vec();
        lines.extend(self.uses.iter().cloned());
        if !self.uses.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!("# {}", self.signature));
        lines.extend(self.lines.iter().cloned());
        lines.extend(["# Ok(())", "# }", "```"].map(ToOwned::to_owned));
        lines
    }

    /// Returns the hidden function with its code as an item of a crate.
    pub fn function(&self) -> String {
        let indented = |line: &String| format!("    {line}\n");
        let uses: String = self.uses.iter().map(indented).collect();
        let lines: String = self.lines.iter().map(indented).collect();
        format!("{}\n{uses}{lines}    Ok(())\n}}\n", self.signature)
    }
}

/// Formats statements.
fn format(statements: &TokenStream) -> Option<Vec<String>> {
    let file: syn::File = syn::parse2(quote!(fn example() { #statements })).ok()?;
    let text = prettyplease::unparse(&file);
    let mut lines: Vec<&str> = text.lines().skip(1).collect();
    lines.pop();
    Some(lines.into_iter().flat_map(|line| one_pattern_per_line(line.strip_prefix("    ").unwrap_or(line))).collect())
}

/// Gives each pattern of a let chain a line, as rustfmt does; prettyplease puts as many in a line as fit.
pub fn one_pattern_per_line(line: &str) -> Vec<String> {
    const AND: &str = " && let ";
    let bare = line.trim_start();
    let first = bare.starts_with("if let ");
    if !(first && line.contains(AND) || bare.starts_with("&& let ")) {
        return vec![line.to_owned()];
    }
    let (patterns, opens) = bare.strip_suffix(" {").map_or((bare, false), |patterns| (patterns, true));
    let start = line.len() - bare.len();
    let (outer, inner) = if first { (start, start + 4) } else { (start.saturating_sub(4), start) };
    let mut patterns = patterns.split(AND);
    let mut lines: Vec<String> =
        patterns.next().map(|pattern| format!("{}{pattern}", " ".repeat(start))).into_iter().collect();
    lines.extend(patterns.map(|pattern| format!("{}&& let {pattern}", " ".repeat(inner))));
    lines.extend(opens.then(|| format!("{}{{", " ".repeat(outer))));
    lines
}

/// Adds the names that paths begin with.
fn add_roots(tokens: &TokenStream, roots: &mut Vec<String>) {
    let mut before = None;
    let mut tokens = tokens.clone().into_iter().peekable();
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Group(group) => add_roots(&group.stream(), roots),
            TokenTree::Ident(ident) if !is_colon(before.as_ref()) && is_colon(tokens.peek()) => {
                roots.push(ident.to_string());
            }
            _ => {}
        }
        before = Some(token);
    }
}
