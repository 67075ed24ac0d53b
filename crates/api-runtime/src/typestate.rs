//! Typestate of generated builders: required values that were not set are compile errors.

/// Bound on a required value that was set. The type of the value itself implements it, so a builder holds no `Option`.
/// A value that was not set is a marker with the name of its setter.
#[diagnostic::on_unimplemented(
    message = "a required value is missing: `{Self}`",
    label = "call the setter `{Self}` before this"
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

/// Bound that no call satisfies: a call is no future until it ends with `.send()`. The compiler shows the bound where one is
/// awaited without it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a call that was not sent is no future",
    label = "end the call with `.send()` before this"
)]
pub trait EndTheCallWithSendBeforeAwait {}

/// Defines the marker of a required value that was not set.
#[doc(hidden)]
#[macro_export]
macro_rules! __missing {
    ($name:ident) => {
        #[doc = concat!("Marker of a value that is given by `.", stringify!($name), "(..)`.")]
        #[allow(non_camel_case_types)]
        pub struct $name;
    };
}
