//! Seeds: state that a vendor has before the first request.

mod error;
mod item;
mod loader;
mod schema;

pub use error::SeedError;
pub(crate) use item::SeedItem;
pub(crate) use loader::SeedLoader;
pub(crate) use schema::{SeedSchema, list};
