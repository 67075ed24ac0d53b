//! Inboxes: receivers of deliveries that the sandbox has itself.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Notify;

use crate::mutex::lock;

/// Path below which the inboxes are.
pub(crate) const INBOXES: &str = "/sandbox/inbox/";
/// Header with the id of a delivery that comes from this sandbox. It is not kept.
pub(crate) const DELIVERY_ID: HeaderName = HeaderName::from_static("x-sandbox-delivery-id");
/// Largest number of deliveries kept per inbox; the oldest are removed first.
const MAX_DELIVERIES: usize = 1_000;
/// Largest number of bytes kept in all inboxes; the oldest deliveries are removed first.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Bytes that a delivery counts for besides its headers and body.
const OVERHEAD: usize = 1024;
/// Largest number of inboxes with an answer of their own.
const MAX_ANSWERS: usize = 1_000;
/// Longest name of an inbox.
const MAX_NAME: usize = 100;

/// Delivery, or any other POST, that an inbox received.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// Sequence number over all inboxes, starting at 1.
    pub number: u64,
    /// Time of arrival, by the sandbox's clock.
    pub received_at: SystemTime,
    /// All headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// Status of the answer.
    pub status: StatusCode,
}

/// Shows number and status: headers and body may hold secrets.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("number", &self.number).field("status", &self.status).finish_non_exhaustive()
    }
}

impl Received {
    fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        headers.sum::<usize>() + self.body.len() + OVERHEAD
    }
}

/// Answer of an inbox to the deliveries that come, instead of an empty 200.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct InboxAnswer {
    #[serde(deserialize_with = "final_status")]
    status: StatusCode,
    #[serde(default)]
    body: Option<Value>,
    /// Number of deliveries that are left to answer; `None` for all.
    #[serde(default)]
    times: Option<NonZeroU32>,
}

/// Omits the body.
impl fmt::Debug for InboxAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboxAnswer").field("status", &self.status).field("times", &self.times).finish_non_exhaustive()
    }
}

impl InboxAnswer {
    /// Creates an answer with this status and no body, to all deliveries that come.
    ///
    /// # Panics
    ///
    /// If the status is not one from 200 to 599.
    #[track_caller]
    pub fn status(status: u16) -> Self {
        let status = valid_status(status).unwrap_or_else(|error| panic!("{error}"));
        Self { status, body: None, times: None }
    }

    /// Sets the body: a string is sent as text, any other value as JSON.
    pub fn body(mut self, body: impl Into<Value>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Answers the next `times` deliveries only; those after them are answered with an empty 200 again.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(NonZeroU32::new(times).expect("`times` is 0: give at least 1"));
        self
    }

    /// Returns the status and body.
    pub(crate) fn into_parts(self) -> (StatusCode, Option<Value>) {
        (self.status, self.body)
    }
}

/// Returns the status if it can end an exchange.
fn valid_status(status: u16) -> Result<StatusCode, String> {
    let valid = (200..600).contains(&status).then(|| StatusCode::from_u16(status).ok()).flatten();
    valid.ok_or_else(|| format!("`status` is {status}: give one from 200 to 599"))
}

fn final_status<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
    valid_status(u16::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// Returns an error unless the name of an inbox has letters, digits, `-` and `_` only.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_valid = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(is_valid) {
        return Ok(());
    }
    Err(format!("`{name}` can't name an inbox: give 1 to {MAX_NAME} letters, digits, `-` or `_`"))
}

/// All inboxes, each of which exists as soon as it is named.
#[derive(Default)]
pub(crate) struct Inboxes {
    state: Mutex<InboxState>,
    arrival: Notify,
}

#[derive(Default)]
struct InboxState {
    /// Deliveries with the names of their inboxes, the oldest first.
    received: VecDeque<(String, Received)>,
    /// Number of deliveries so far, removed ones included.
    count: u64,
    bytes: usize,
    answers: HashMap<String, InboxAnswer>,
    /// Number of the last delivery of each inbox that [`Inboxes::next`] returned.
    read: HashMap<String, u64>,
    /// Id of the last delivery before all inboxes were emptied. One that was on its way then is not kept.
    last_stale: u64,
}

impl Inboxes {
    /// Stores a delivery, and returns the answer to it.
    pub(crate) fn receive(&self, name: &str, received_at: SystemTime, headers: HeaderMap, body: Bytes) -> InboxAnswer {
        let answer = lock(&self.state).receive(name, received_at, headers, body);
        self.arrival.notify_waiters();
        answer
    }

    /// Returns the deliveries kept in an inbox, the oldest first.
    pub(crate) fn all(&self, name: &str) -> Vec<Received> {
        let state = lock(&self.state);
        state.received.iter().filter(|(of, _)| of == name).map(|(_, received)| received.clone()).collect()
    }

    /// Waits for the first delivery of an inbox that this function has not returned yet.
    pub(crate) async fn next(&self, name: &str) -> Received {
        loop {
            let arrival = self.arrival.notified();
            tokio::pin!(arrival);
            // Registers for arrivals before the look into the inbox, so that none is missed between.
            arrival.as_mut().enable();
            if let Some(received) = lock(&self.state).next(name) {
                return received;
            }
            arrival.await;
        }
    }

    /// Empties an inbox.
    pub(crate) fn clear(&self, name: &str) {
        lock(&self.state).clear(name);
    }

    /// Empties all inboxes, for deliveries with a larger id than this one. The numbers go on.
    pub(crate) fn clear_all(&self, last_stale: u64) {
        let mut state = lock(&self.state);
        *state = InboxState { count: state.count, last_stale, ..InboxState::default() };
    }

    /// Sets the answer of an inbox.
    ///
    /// # Errors
    ///
    /// Returns an error if too many inboxes have an answer of their own.
    pub(crate) fn set_answer(&self, name: &str, answer: InboxAnswer) -> Result<(), String> {
        let mut state = lock(&self.state);
        if state.answers.len() >= MAX_ANSWERS && !state.answers.contains_key(name) {
            return Err(format!("{MAX_ANSWERS} inboxes have an answer of their own: empty one"));
        }
        state.answers.insert(name.to_owned(), answer);
        Ok(())
    }
}

impl InboxState {
    fn receive(&mut self, name: &str, received_at: SystemTime, mut headers: HeaderMap, body: Bytes) -> InboxAnswer {
        let id = headers.remove(DELIVERY_ID).and_then(|id| id.to_str().ok()?.parse::<u64>().ok());
        if id.is_some_and(|id| id <= self.last_stale) {
            return InboxAnswer::status(200);
        }
        let answer = self.take_answer(name);
        self.count += 1;
        let received = Received { number: self.count, received_at, headers, body, status: answer.status };
        self.bytes += received.size();
        self.received.push_back((name.to_owned(), received));
        if self.received.iter().filter(|(of, _)| of == name).count() > MAX_DELIVERIES {
            let oldest = self.received.iter().position(|(of, _)| of == name);
            self.remove(oldest);
        }
        while self.bytes > MAX_BYTES {
            self.remove(Some(0));
        }
        answer
    }

    fn remove(&mut self, index: Option<usize>) {
        let removed = index.and_then(|index| self.received.remove(index));
        self.bytes -= removed.map_or(0, |(_, received)| received.size());
    }

    /// Returns the answer to the next delivery, which is then used up if it was the last one.
    fn take_answer(&mut self, name: &str) -> InboxAnswer {
        let Some(answer) = self.answers.get_mut(name) else { return InboxAnswer::status(200) };
        let taken = answer.clone();
        match answer.times.map(|times| NonZeroU32::new(times.get() - 1)) {
            Some(None) => drop(self.answers.remove(name)),
            Some(left) => answer.times = left,
            None => {}
        }
        taken
    }

    fn next(&mut self, name: &str) -> Option<Received> {
        let read = self.read.get(name).copied().unwrap_or_default();
        let mut unread = self.received.iter().filter(|(of, received)| of == name && received.number > read);
        let next = unread.next()?.1.clone();
        self.read.insert(name.to_owned(), next.number);
        Some(next)
    }

    fn clear(&mut self, name: &str) {
        self.received.retain(|(of, _)| of != name);
        self.bytes = self.received.iter().map(|(_, received)| received.size()).sum();
        self.answers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(inboxes: &Inboxes, name: &str, body: Vec<u8>) -> u16 {
        let (status, _) = inboxes.receive(name, SystemTime::UNIX_EPOCH, HeaderMap::new(), body.into()).into_parts();
        status.as_u16()
    }

    #[test]
    fn what_is_kept_is_bounded_in_each_inbox_and_in_all() {
        let inboxes = Inboxes::default();
        assert_eq!(post(&inboxes, "quiet", vec![1]), 200);
        for _ in 0..=MAX_DELIVERIES {
            post(&inboxes, "busy", Vec::new());
        }
        let busy = inboxes.all("busy");
        assert_eq!((busy.len(), busy[0].number, inboxes.all("quiet").len()), (MAX_DELIVERIES, 3, 1));
        post(&inboxes, "big", vec![0; MAX_BYTES - OVERHEAD]);
        assert_eq!((inboxes.all("quiet").len(), inboxes.all("busy").len(), inboxes.all("big").len()), (0, 0, 1));
        post(&inboxes, "big", vec![0; MAX_BYTES]);
        assert!(inboxes.all("big").is_empty(), "it is larger than all that is kept");
        assert_eq!(lock(&inboxes.state).bytes, 0);
    }

    #[test]
    fn a_delivery_of_the_time_before_is_not_kept() {
        let inboxes = Inboxes::default();
        inboxes.clear_all(7);
        inboxes.set_answer("a", InboxAnswer::status(503).times(2)).expect("there is room");
        let receive = |id: u64| {
            let headers = HeaderMap::from_iter([(DELIVERY_ID, id.into())]);
            inboxes.receive("a", SystemTime::UNIX_EPOCH, headers, Bytes::new()).into_parts().0.as_u16()
        };
        assert_eq!([7, 8].map(receive), [200, 503]);
        assert_eq!(post(&inboxes, "a", Vec::new()), 503, "it comes from elsewhere");
        let kept = inboxes.all("a");
        assert_eq!((kept.len(), kept[0].number, kept[0].headers.len()), (2, 1, 0));
    }

    #[test]
    fn an_answer_is_given_as_often_as_it_is_to_be() {
        let inboxes = Inboxes::default();
        let answer = |text: &str| serde_json::from_str::<InboxAnswer>(text);
        inboxes.set_answer("a", answer(r#"{"status": 503, "times": 2}"#).expect("an answer")).expect("there is room");
        assert_eq!([(); 3].map(|()| post(&inboxes, "a", Vec::new())), [503, 503, 200]);
        inboxes.set_answer("a", InboxAnswer::status(429)).expect("there is room");
        assert_eq!([(); 3].map(|()| post(&inboxes, "a", Vec::new())), [429; 3]);
        assert_eq!(post(&inboxes, "b", Vec::new()), 200);
        inboxes.clear("a");
        assert_eq!(post(&inboxes, "a", Vec::new()), 200);
        for (text, said) in [
            (r#"{"status": 101}"#, "`status` is 101: give one from 200 to 599"),
            (r#"{"status": 200, "times": 0}"#, "nonzero"),
            (r#"{"staus": 200}"#, "unknown field `staus`"),
        ] {
            let error = answer(text).expect_err("it is refused").to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
