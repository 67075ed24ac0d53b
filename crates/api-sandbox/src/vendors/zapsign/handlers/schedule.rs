//! Schedule of documents: events that come later.

use crate::vendors::vendor::HandlerContext;
use crate::vendors::zapsign::model::Due;
use crate::vendors::zapsign::state::Zapsign;

impl Zapsign {
    /// Does what is due by now.
    pub(crate) fn run_schedule(&mut self, context: &mut HandlerContext<'_>) {
        while let Some((_, Due::Event { document, event, extra })) = self.schedule.take_due(context.now) {
            self.emit_event(document, event, extra, context);
        }
    }
}
