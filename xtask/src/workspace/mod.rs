//! The files of the workspace.

pub mod api;
pub mod cargo;
pub mod files;
pub mod splice;
