//! Commands, made from the operation table.

mod example;
mod field_help;
mod flags;
mod help;
mod names;
mod options;
mod shell_quote;
mod tree;
mod usage_error;

pub(crate) use flags::{FieldFlag, OperationFlags};
pub(crate) use names::{CommandName, find_operation};
pub(crate) use options::{OutputFormat, SharedOptions};
pub(crate) use shell_quote::{shell_quoted, single_quoted};
pub(crate) use tree::{Depth, root};
pub(crate) use usage_error::usage_message;
