//! 360dialog's hosted sign-up: the link that a customer is sent to, the address that the customer comes back to, and the way
//! from there to the key of the customer's number.
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
//!
//! # From the redirect to the messaging key
//!
//! [`Client::connect_channel`](crate::Client::connect_channel) takes one channel as far as it can be taken now, and says where
//! it stands. Call it from the redirect, and for each channel without credentials from a job and at the events
//! `channel_running`, `channel_live` and `channel_permission_granted`, one call at a time for a channel. It proves that the
//! channel is the client's. That the client is the tenant's follows from the `state` of the sign-up, as far as a browser can be
//! trusted: let one tenant have a client, and compare the client's e-mail address by
//! [`Client::find_client_by_email`](crate::Client::find_client_by_email).
//!
//! ```no_run
//! use dialog360_api::onboarding::{ChannelConnection, Redirect};
//! use dialog360_api::types::{ChannelId, ClientId, PartnerId};
//! use dialog360_api::{Client, MessagingCredentials};
//!
//! /// The database of the program, which knows the sign-ups that it has started, and which client is whose.
//! trait Store {
//!     fn tenant_of(&self, state: &str) -> Option<String>;
//!     fn claim(&self, tenant: &str, client: &ClientId) -> bool;
//!     fn credentials(&self, channel: &ChannelId) -> Option<MessagingCredentials>;
//!     fn keep(&self, channel: &ChannelId, credentials: &MessagingCredentials);
//!     fn forget(&self, channel: &ChannelId);
//! }
//!
//! async fn back_from_sign_up(
//!     client: &Client,
//!     partner: &PartnerId,
//!     store: &impl Store,
//!     address: &str,
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let redirect = Redirect::parse(address)?;
//!     let state = redirect.other.get("state").ok_or("no state: not a sign-up of ours")?;
//!     let tenant = store.tenant_of(state).ok_or("another state: not a sign-up of ours")?;
//!     let customer = redirect.client.ok_or("the customer has given up")?;
//!     // The address is the browser's own: a client that another tenant has is not this one's.
//!     if !store.claim(&tenant, &customer) {
//!         return Err("the client is another tenant's".into());
//!     }
//!     for channel in &redirect.channels {
//!         let kept = store.credentials(channel);
//!         let is_kept = kept.is_some();
//!         let connecting = client.connect_channel(partner, &customer, channel, kept);
//!         let connection = connecting.messaging_webhook("https://crm.example/messages").send().await?;
//!         if let Some(credentials) = connection.credentials() {
//!             store.keep(channel, credentials);
//!         }
//!         match connection {
//!             ChannelConnection::Connected(_) => println!("{tenant} can send"),
//!             ChannelConnection::WaitingForChannel { status } => println!("{tenant} waits for 360dialog: {status:?}"),
//!             ChannelConnection::WaitingForPermission { .. } => println!("{tenant} has to give the permission"),
//!             // The key was revoked, and the next call creates another.
//!             ChannelConnection::WebhookNotSet { error, .. } if is_kept && error.is_unauthorized() => store.forget(channel),
//!             ChannelConnection::WebhookNotSet { error, .. } => println!("{tenant} gets no messages yet: {error}"),
//!             _ => {}
//!         }
//!     }
//!     Ok(())
//! }
//! ```

#[cfg(feature = "channels")]
mod channel_connection;
#[cfg(feature = "channels")]
mod connect_channel;
mod redirect;
mod sign_up_link;

#[cfg(feature = "channels")]
pub use channel_connection::{ChannelConnection, ConnectChannelError};
#[cfg(feature = "channels")]
pub use connect_channel::ConnectChannel;
pub use redirect::{InvalidRedirect, Redirect};
pub use sign_up_link::{HubVersion, InvalidSignUpLink, SignUpLink, SignatureEncoding};
