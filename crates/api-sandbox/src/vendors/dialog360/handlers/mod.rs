//! Handlers of the operations, by resource.

mod channels;
mod clients;
mod flows;
mod partner;
mod templates;
