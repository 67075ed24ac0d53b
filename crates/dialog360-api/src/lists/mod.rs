//! Lists as streams. A page is asked for when the items before it have been taken; the stream ends after the last item and
//! after an error. A list that a server does not end is ended with an error: [`Fault::RepeatedPage`](crate::Fault::RepeatedPage)
//! at a page that has come before, [`Fault::TooManyPages`](crate::Fault::TooManyPages) after 10,000 pages.
//!
//! `ask` may change the call that gets a page, to filter or sort the list; `|call| call` leaves it as it is.

#[cfg(feature = "channels")]
mod channels;
#[cfg(feature = "clients")]
mod clients;
#[cfg(feature = "templates")]
mod templates;

fn position(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

fn count(total: Option<i64>) -> Option<u64> {
    total.and_then(|total| u64::try_from(total).ok())
}
