//! Lists as streams. A page is asked for when the items before it have been taken; the stream ends after the last item and
//! after an error. A list that a server does not end is ended with an error: [`Fault::RepeatedPage`](crate::Fault::RepeatedPage)
//! at a page that has come before, [`Fault::TooManyPages`](crate::Fault::TooManyPages) after 10,000 pages.
//!
//! `ask` may change the call that gets a page, to filter the list; `|call| call` leaves it as it is.

#[cfg(feature = "account")]
mod account;
#[cfg(feature = "checks")]
mod checks;
#[cfg(feature = "documents")]
mod documents;
#[cfg(feature = "templates")]
mod templates;

/// The first page of a list whose pages have numbers.
#[cfg(any(feature = "account", feature = "documents", feature = "templates"))]
const FIRST: u32 = 1;
