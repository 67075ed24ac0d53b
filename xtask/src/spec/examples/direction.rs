//! Direction in which an example is sent.

/// Direction in which an example is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Sent by the client: without `readOnly` properties.
    Request,
    /// Sent by the API: without `writeOnly` properties.
    Response,
}
