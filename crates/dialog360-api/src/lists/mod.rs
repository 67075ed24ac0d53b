//! Lists as streams. A page is asked for when the items before it have been taken; the stream ends after the last item and
//! after an error.
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
