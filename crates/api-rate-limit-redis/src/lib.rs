#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod connect_error;
mod connection;
mod endpoint;
mod reconnect;
mod script;
#[cfg(feature = "sentinel")]
mod sentinels;
mod server_info;
mod store;
mod store_error;
#[cfg(test)]
mod tests;
mod tls;

pub use builder::RedisRateLimitStoreBuilder;
pub use connect_error::ConnectError;
pub use store::RedisRateLimitStore;
