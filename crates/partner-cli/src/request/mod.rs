//! Request of an operation, from the values of the command line.

mod assignment;
mod body;
mod check;
mod draft;
#[cfg(test)]
mod draft_tests;
mod field_setter;
mod input;
mod json_text;
mod pairs;
mod path_expression;
mod similar_name;
mod skeleton;
mod value;
mod value_error;

pub(crate) use check::Violation;
pub(crate) use draft::{DraftBody, FormFile, FormValue, RequestDraft};
pub(crate) use input::Input;
pub(crate) use path_expression::pointer_of_path;
pub(crate) use skeleton::Skeleton;
pub(crate) use value_error::ValueError;
