//! Commands that stand beside the stages from specs to code.

pub mod fetch;
pub mod proposal;
pub mod scratch;
pub mod stages;
pub mod torture;
pub mod try_document;
