//! Typestate of generated builders: required values that were not set are compile errors.

/// State of a required value that was not set.
#[derive(Debug, Clone, Copy)]
pub struct Unset;

/// Bound on a required value that was set. The type of the value itself implements it, so a builder holds no `Option`.
#[diagnostic::on_unimplemented(
    message = "a required value is missing",
    label = "call the setter of each required value before this",
    note = "the bound below names the value: `WithPartnerId` is given by `.partner_id(..)`"
)]
pub trait IsSet<T> {
    /// Returns the value.
    fn into_value(self) -> T;
}

impl<T> IsSet<T> for T {
    fn into_value(self) -> T {
        self
    }
}
