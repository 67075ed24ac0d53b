//! Building blocks of the generated types.

mod base64;
mod constraints;
mod debug;
mod error_payload;
mod field_path;
mod json_filter;
mod open_enum;
mod path_id;
#[cfg(feature = "schemars")]
pub mod schema;
mod secret;
mod timestamp;
mod union;

pub use self::base64::{Base64, InvalidBase64};
pub use constraints::{Constrained, Constraint, Validate, Validator};
pub use debug::{__debug, __debug_value};
pub use error_payload::ErrorPayload;
pub use field_path::FieldPath;
pub use json_filter::Sort;
pub use open_enum::UnknownValue;
pub use path_id::{InvalidId, check_segment};
pub(crate) use secret::is_blank;
pub use secret::{EmptySecret, Secret};
pub use timestamp::Timestamp;
pub use union::{__BestFit, __alternative, __present, __tag};
