//! Templates of the pages.

use askama::Template;

use super::form::Entry;
use crate::spec::Violation;
use crate::vendors::{ClientView, PermissionView, SignUpLink, SignUpView};

/// Page on which a client signs up or logs in.
#[derive(Template)]
#[template(path = "connect/sign_up.html")]
pub(super) struct SignUpPage<'p> {
    pub(super) base: &'p str,
    pub(super) link: &'p SignUpLink,
    pub(super) view: &'p SignUpView,
    pub(super) entry: &'p Entry,
    pub(super) violations: &'p [Violation],
    pub(super) is_login: bool,
    /// Query of the page on which a client logs in, or signs up, instead.
    pub(super) other_query: String,
}

impl SignUpPage<'_> {
    /// Returns the message about a field, if its value is refused.
    fn error(&self, field: &str) -> Option<&str> {
        self.violations.iter().find(|violation| violation.field == field).map(|violation| violation.message.as_str())
    }

    /// Returns `true` for the first field whose value is refused.
    fn is_first(&self, field: &str) -> bool {
        self.violations.first().is_some_and(|violation| violation.field == field)
    }

    /// Returns `true` for the client that is chosen, or else for the one with the e-mail address of the link.
    fn is_chosen(&self, client: &ClientView) -> bool {
        match self.entry.client.as_str() {
            "" => client.email.eq_ignore_ascii_case(self.link.text("email")),
            chosen => client.id == chosen,
        }
    }
}

/// Page on which a client permits numbers.
#[derive(Template)]
#[template(path = "connect/permissions.html")]
pub(super) struct PermissionPage<'p> {
    pub(super) base: &'p str,
    pub(super) link: &'p SignUpLink,
    pub(super) view: &'p PermissionView,
}

impl PermissionPage<'_> {
    fn has_permitted(&self) -> bool {
        self.view.numbers.iter().any(|number| number.is_permitted)
    }

    fn has_offered(&self) -> bool {
        self.view.new_number.is_some() || self.view.numbers.iter().any(|number| number.is_offered)
    }
}

/// Page after a client has given up.
#[derive(Template)]
#[template(path = "connect/cancelled.html")]
pub(super) struct CancelledPage;

/// Page that tells why the sign-up does not go on.
#[derive(Template)]
#[template(path = "connect/error.html")]
pub(super) struct ErrorPage<'p> {
    pub(super) title: &'p str,
    /// Sentences for the client.
    pub(super) text: &'p str,
    /// Cause and remedy, for the developer.
    pub(super) cause: &'p str,
    /// Address at which the client can try again.
    pub(super) again: Option<&'p str>,
}
