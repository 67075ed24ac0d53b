//! Schedule of documents: deadlines with their alerts, reminders, and events that come later.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::clock::later;
use crate::vendors::vendor::HandlerContext;
use crate::vendors::zapsign::model::{Due, deadline};
use crate::vendors::zapsign::state::Zapsign;

/// Largest number of reminders of a document that the vendor sends by itself.
const MAX_REMINDERS: u32 = 3;
const DAY_SECONDS: u64 = 24 * 60 * 60;

impl Zapsign {
    /// Schedules the deadline of a document, if it has one, and the alerts that are still to come. A deadline in the past is
    /// over at once.
    pub(crate) fn schedule_deadline(&mut self, index: usize, now: Timestamp) {
        self.schedule.retain(|due| !due.is_of_deadline(index));
        let Some(deadline) = self.documents[index].deadline else { return };
        for alert in deadline::alerts(deadline).filter(|alert| *alert > now) {
            self.schedule.add(alert, Due::ExpirationAlert { document: index });
        }
        self.schedule.add(deadline.max(now), Due::Deadline { document: index });
    }

    /// Schedules a reminder of a document's signers, if it has reminders.
    pub(crate) fn schedule_reminder(&mut self, index: usize, number: u32, now: Timestamp) {
        let days = self.documents[index].value["auto_reminder"].as_u64().unwrap_or_default();
        if days > 0 && number <= MAX_REMINDERS {
            let interval = Duration::from_secs(days.saturating_mul(DAY_SECONDS));
            self.schedule.add(later(now, interval), Due::Reminder { document: index, number });
        }
    }

    /// Does what is due by now.
    pub(crate) fn run_schedule(&mut self, context: &mut HandlerContext<'_>) {
        while let Some((_, due)) = self.schedule.take_due(context.now) {
            match due {
                Due::ExpirationAlert { document } => self.tell_deadline(document, "doc_expiration_alert", context),
                Due::Deadline { document } => self.tell_deadline(document, "doc_expired", context),
                Due::Reminder { document, number } => self.send_reminder(document, number, context),
                Due::Event { document, event, extra } => self.emit_event(document, event, extra, context),
            }
        }
    }

    /// Emits an event of a deadline, unless the document is signed, refused or deleted.
    fn tell_deadline(&mut self, index: usize, event: &'static str, context: &mut HandlerContext<'_>) {
        let document = &self.documents[index];
        if let Some(deadline) = document.deadline.filter(|_| document.in_progress()) {
            self.emit_event(index, event, json!({"expiration_date": deadline::format(deadline)}), context);
        }
    }

    /// Reminds the signers who can sign now and to whom the link was sent, and schedules the next reminder.
    fn send_reminder(&mut self, index: usize, number: u32, context: &mut HandlerContext<'_>) {
        let document = &mut self.documents[index];
        for signer in document.current_signers(context.now).filter(|signer| signer.was_sent_link()) {
            signer.remind(context.now);
        }
        (0..document.signers.len()).for_each(|signer| self.emit_notifications(index, signer, context));
        self.schedule_reminder(index, number + 1, context.now);
    }
}
