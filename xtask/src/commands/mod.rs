//! Commands of `cargo xtask`, and the parts that they share.

pub mod compare_page;
pub mod diff;
pub mod evidence;
pub mod fetch;
pub mod import;
pub mod new_api;
pub mod proposal;
pub mod regenerate;
pub mod release_check;
pub mod scratch;
pub mod stages;
pub mod torture;
pub mod try_document;
