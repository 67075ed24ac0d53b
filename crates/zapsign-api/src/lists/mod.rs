//! Lists as streams. A page is asked for when the items before it have been taken; the stream ends after the last item and
//! after an error.
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
