//! Guides: pages on a task that takes more than one call.

#[doc = include_str!("../guide/lost_answers.md")]
pub mod lost_answers {}

#[doc = include_str!("../guide/many_tenants.md")]
pub mod many_tenants {}

#[doc = include_str!("../guide/testing.md")]
pub mod testing {}
