//! Everything that is written by hand, because no spec says it.

#[cfg(any(feature = "channels", feature = "webhooks"))]
mod channel;
#[cfg(feature = "clients")]
mod find_client;
#[cfg(feature = "authentication")]
mod login;
#[cfg(feature = "channels")]
pub mod messaging;
pub mod onboarding;
pub mod platform_secret;
#[cfg(feature = "webhooks")]
pub mod webhooks;
