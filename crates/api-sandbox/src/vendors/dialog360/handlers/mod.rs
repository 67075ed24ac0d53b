//! Handlers of the operations, by resource.

mod channels;
mod clients;
mod flows;
mod messaging;
mod partner;
mod templates;

pub(super) use channels::NewNumber;
