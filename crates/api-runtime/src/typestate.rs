//! What generated builders are checked with.

/// Stands for a required value that was not given yet.
#[derive(Debug, Clone, Copy)]
pub struct Missing;

/// Holds for a required value once it was given.
#[diagnostic::on_unimplemented(
    message = "a required value is missing",
    label = "call the setter of each required value before this",
    note = "the bound below names the value: `WithPartnerId` is given by `.partner_id(..)`"
)]
pub trait Given<T> {
    /// The value.
    fn given(self) -> T;
}

impl<T> Given<T> for T {
    fn given(self) -> T {
        self
    }
}
