//! 360dialog's hosted sign-up: the link that a customer is sent to, and the address that the customer comes back to.
//!
//! ```
//! use dialog360_api::onboarding::{Redirect, SignUpLink};
//! use dialog360_api::types::PartnerId;
//!
//! let partner = PartnerId::new("exmplePA")?;
//! let link = SignUpLink::new(&partner).email("it@acme.example").state("tenant-7").url()?;
//! assert_eq!(link, "https://hub.360dialog.com/dashboard/app/exmplePA?email=it%40acme.example&state=tenant-7");
//!
//! let redirect = Redirect::parse("https://crm.example/done?client=exmpleCL&channels=[aaCH,bbCH]&state=tenant-7")?;
//! assert_eq!(redirect.client.as_ref().map(|id| id.as_str()), Some("exmpleCL"));
//! assert_eq!(redirect.channels.len(), 2);
//! assert_eq!(redirect.other["state"], "tenant-7");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod redirect;
mod sign_up_link;

pub use redirect::{InvalidRedirect, Redirect};
pub use sign_up_link::{HubVersion, InvalidSignUpLink, SignUpLink, SignatureEncoding};
