//! Commands, made from the operation table.

mod flags;
mod help;
mod names;
mod options;
mod tree;

pub(crate) use flags::{FieldFlag, OperationFlags};
pub(crate) use names::{CommandName, find_operation};
pub(crate) use options::{OutputFormat, SharedOptions};
pub(crate) use tree::{Depth, root};
