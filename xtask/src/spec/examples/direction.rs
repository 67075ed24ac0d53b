//! The side that sends an example.

/// Sender of the example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The caller, who leaves out what is `readOnly`.
    Request,
    /// The API, which leaves out what is `writeOnly`.
    Response,
}
