//! Responses with a page.

use askama::Template;
use axum::response::Response;

use crate::spec::Reply;

/// Pages that may show this one in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Those of any origin.
    Anywhere,
    /// None.
    Nowhere,
}

/// Renders a page, which loads nothing from another origin and runs no script but those of the sandbox.
pub(super) fn page(status: u16, template: &impl Template, framing: Framing) -> Response {
    let ancestors = match framing {
        Framing::Anywhere => "*",
        Framing::Nowhere => "'none'",
    };
    let reply = match template.render() {
        Ok(page) => Reply::new(status, "text/html; charset=utf-8", page),
        Err(error) => return Reply::text(500, &format!("the page cannot be rendered: {error}")).into(),
    };
    let policy = format!("default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors {ancestors}");
    // A form of the page has its `Origin`, and no address, which holds a token, reaches another origin.
    reply
        .header("content-security-policy", policy)
        .header("referrer-policy", "same-origin")
        .header("x-content-type-options", "nosniff")
        .header("cache-control", "no-store")
        .into()
}

/// Redirects to another page after a form was sent.
pub(super) fn see_other(location: &str) -> Response {
    let reply = Reply::new(303, "", "").header("location", location);
    reply.header("referrer-policy", "same-origin").header("cache-control", "no-store").into()
}
