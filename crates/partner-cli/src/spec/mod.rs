//! Operations of the bundles, with what a command line needs to know of them.

mod api;
mod body;
mod field;
mod field_kind;
mod operation;
mod parameter;
mod plain_text;
mod schema_facts;
mod secret_answer;
mod warning;

pub(crate) use api::Api;
pub(crate) use body::{BodyEncoding, BodySpec};
pub(crate) use field::Field;
pub(crate) use field_kind::FieldKind;
pub(crate) use operation::{OperationSpec, PageStyle, Pagination};
pub(crate) use parameter::{ParameterLocation, ParameterSpec};
pub(crate) use plain_text::{first_sentence, plain};
pub(crate) use schema_facts::{exactly_one, format, types};
pub(crate) use secret_answer::SecretAnswer;
