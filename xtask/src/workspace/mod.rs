//! Access to the workspace: its APIs, files and cargo.

pub mod api;
pub mod cargo;
pub mod files;
pub mod splice;
