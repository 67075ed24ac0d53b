//! What each operation does.

mod channels;
mod clients;
mod flows;
mod partner;
mod templates;
