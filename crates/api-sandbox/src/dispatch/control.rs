//! Control: changes and events that no request of a vendor's client makes.

use serde_json::{Value, json};

use super::dispatcher::Dispatcher;
use crate::behavior::Behaviors;
use crate::delivery::Delivery;
use crate::delivery_queue::is_on_this_machine;
use crate::faults::FaultRule;
use crate::mutex::lock;
use crate::spec::pointer;
use crate::trigger::{Trigger, TriggerError};
use crate::vendors::{ChannelError, Dialog360, HandlerContext, SignerAction, SignerError, Zapsign};

impl Dispatcher {
    /// Acts as the signer of this token does on ZapSign's page. Returns the document.
    pub(crate) fn act_as_signer(&self, signer_token: &str, action: SignerAction) -> Result<Value, SignerError> {
        let act = |zapsign: &mut Zapsign, context: &mut HandlerContext<'_>| {
            zapsign.act_as_signer(signer_token, action, context)
        };
        self.with_vendor(act).unwrap_or(Err(SignerError::UnknownToken))
    }

    /// Delivers an event on demand. Returns the number of deliveries.
    pub(crate) fn trigger(&self, trigger: &Trigger) -> Result<usize, TriggerError> {
        let mut apis = self.bundles.iter().enumerate();
        let found = apis.find_map(|(api, bundle)| Some((api, bundle.event(&trigger.event)?)));
        let (api, event) = found.ok_or_else(|| {
            let events = self.bundles.iter().flat_map(|bundle| &bundle.events);
            TriggerError::unknown_event(&trigger.event, events.map(|event| event.name.clone()).collect())
        })?;
        trigger.require_deliverable_url(|url| self.deliver_anywhere || is_on_this_machine(url))?;
        self.with_api(api, |vendor, _, context| {
            let mut body = vendor.event_body(event, trigger, context)?;
            for (pointer, value) in &trigger.set {
                if !trigger.unchecked {
                    event.check(&context.bundle.schemas, &body, pointer, value)?;
                }
                pointer::set(&mut body, pointer, value.clone())?;
            }
            let deliveries = vendor.event_deliveries(trigger, &body)?;
            let count = deliveries.len();
            context.outbox.extend(deliveries);
            Ok(count)
        })
    }

    /// Sets the status of a 360dialog channel.
    pub(crate) fn set_channel_status(&self, channel_id: &str, status: &str) -> Result<(), ChannelError> {
        let set = |dialog360: &mut Dialog360, context: &mut HandlerContext<'_>| {
            dialog360.set_channel_status(channel_id, status, context)
        };
        self.with_vendor(set).unwrap_or_else(|| Err(ChannelError::unknown_channel(channel_id)))
    }

    /// Adds a fault rule.
    ///
    /// # Errors
    ///
    /// Returns a message if the rule cannot be applied.
    pub(crate) fn add_fault(&self, rule: FaultRule) -> Result<(), String> {
        let added = lock(&self.fault_injector).add(rule);
        self.revisions.next();
        added
    }

    /// Removes all fault rules.
    pub(crate) fn clear_faults(&self) {
        lock(&self.fault_injector).clear();
        self.revisions.next();
    }

    /// Returns the fault rules in force and those that are spent, as JSON.
    pub(crate) fn faults(&self) -> Value {
        let rules = lock(&self.fault_injector).rules();
        json!(rules)
    }

    /// Returns the fault rules that are left over.
    pub(crate) fn unused_faults(&self) -> Vec<FaultRule> {
        lock(&self.fault_injector).unused()
    }

    /// Returns the behaviors that are on.
    pub(crate) fn behaviors(&self) -> Behaviors {
        lock(&self.state).behaviors.clone()
    }

    /// Switches these behaviors on and all others off.
    pub(crate) fn set_behaviors(&self, behaviors: Behaviors) {
        lock(&self.state).behaviors = behaviors;
        self.revisions.next();
    }

    /// Returns the first `limit` deliveries kept with a larger id than this one, the oldest first.
    pub(crate) fn deliveries_after(&self, id: u64, limit: usize) -> Vec<Delivery> {
        self.deliveries.after(id, limit)
    }

    /// Returns the delivery with this id, if it is kept.
    pub(crate) fn delivery(&self, id: u64) -> Option<Delivery> {
        self.deliveries.get(id)
    }

    /// Delivers an event again, once. Returns `false` if there is no such delivery.
    pub(crate) fn replay_delivery(&self, id: u64) -> bool {
        self.deliveries.replay(id, self.clock.now())
    }

    /// Delivers every event again, once, that failed and is not in progress. Returns the ids of the deliveries.
    pub(crate) fn replay_failed(&self) -> Vec<u64> {
        let failed = self.deliveries.failed();
        failed.into_iter().filter(|id| self.replay_delivery(*id)).collect()
    }
}
