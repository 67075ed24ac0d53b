use std::sync::atomic::{AtomicBool, Ordering};

use tenant_onboarding::Entry;

use super::point::{CreatedThing, FreezePoint, Moment};
use crate::onboarding_fleet::line::{Line, write_line};

/// Place at which a process stands still, once.
pub(in crate::onboarding_fleet) struct FreezeGate {
    point: FreezePoint,
    /// `true` once the intent of the thing is durable.
    intended: AtomicBool,
    passed: AtomicBool,
}

impl FreezeGate {
    pub(in crate::onboarding_fleet) fn new(point: FreezePoint) -> Self {
        Self { point, intended: AtomicBool::new(false), passed: AtomicBool::new(false) }
    }

    /// Stands still if this is the point.
    pub(super) fn pass(&self, point: FreezePoint) {
        if point == self.point {
            self.stand_still();
        }
    }

    /// Stands still before an entry is written if this is the point.
    pub(super) fn pass_before_entry(&self, entry: &Entry) {
        match self.point {
            FreezePoint::Creation(thing, Moment::BeforeIntent) if thing.is_intent(entry) => self.stand_still(),
            FreezePoint::Creation(thing, Moment::BeforeRecord) if thing.is_response(entry) => self.stand_still(),
            _ => {}
        }
    }

    /// Stands still after an entry was written if this is the point.
    pub(super) fn pass_after_entry(&self, entry: &Entry) {
        match self.point {
            FreezePoint::Creation(thing, Moment::AfterIntent) if thing.is_intent(entry) => self.stand_still(),
            FreezePoint::Creation(thing, Moment::AfterRecord) if thing.is_response(entry) => self.stand_still(),
            FreezePoint::Creation(thing, _) if thing.is_intent(entry) => self.intended.store(true, Ordering::Relaxed),
            _ => {}
        }
    }

    /// Stands still if the call that creates the thing is at this moment: the first call after its intent.
    pub(super) fn pass_in_call(&self, moment: Moment) {
        let is_point = |thing: CreatedThing| self.point == FreezePoint::Creation(thing, moment);
        if CreatedThing::ALL.into_iter().any(is_point) && self.intended.load(Ordering::Relaxed) {
            self.stand_still();
        }
    }

    /// Tells it, and waits for a line. Nothing else runs meanwhile, because the runtime has one thread.
    fn stand_still(&self) {
        if self.passed.swap(true, Ordering::Relaxed) {
            return;
        }
        write_line(&Line::AtPoint);
        std::io::stdin().read_line(&mut String::new()).expect("text");
    }
}
