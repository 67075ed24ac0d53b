//! Inboxes: receivers of deliveries in the sandbox.

use super::Sandbox;
use crate::inbox::{self, INBOXES, InboxAnswer, Received};

impl Sandbox {
    /// Returns the URL of an inbox, a receiver in the sandbox, to register as a webhook. Each name has its own.
    ///
    /// # Panics
    ///
    /// If the name has other characters than letters, digits, `-` and `_`, or more than 100: nothing can be delivered to it.
    #[track_caller]
    pub fn inbox_url(&self, name: &str) -> String {
        inbox::check_name(name).unwrap_or_else(|error| panic!("{error}"));
        format!("{}{INBOXES}{name}", self.url)
    }

    /// Returns what an inbox received, the oldest first: at most the latest 1,000, and at most 64 MiB in all inboxes.
    pub fn inbox(&self, name: &str) -> Vec<Received> {
        self.dispatcher.inboxes.all(name)
    }

    /// Waits for the first delivery to an inbox that this method has not returned yet.
    pub async fn next_received(&self, name: &str) -> Received {
        self.dispatcher.inboxes.next(name).await
    }

    /// Sets the answer of an inbox, to see what the sandbox does with a delivery that fails.
    ///
    /// # Panics
    ///
    /// If 1,000 other inboxes have an answer of their own.
    #[track_caller]
    pub fn answer_inbox(&self, name: &str, answer: InboxAnswer) {
        self.dispatcher.inboxes.set_answer(name, answer).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Empties an inbox, and has it answer with 200 again.
    pub fn clear_inbox(&self, name: &str) {
        self.dispatcher.inboxes.clear(name);
    }
}
