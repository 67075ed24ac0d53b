//! Tests of code that calls a client: answers and failures that are made, and a transport that plays them back without a
//! socket. Feature `test-util`, for the `dev-dependencies` of a program.
//!
//! A [`Reply`] is an answer, or a failure. [`Reply::result`] makes of it what the call would return, for the unit test of a
//! function that takes a result:
//!
//! ```
//! use api_runtime::testing::Reply;
//! use api_runtime::{Error, ErrorBody};
//! # use api_runtime::{Method, Operation};
//! # struct ApiError;
//! # impl ErrorBody for ApiError { fn decode(_: &[u8]) -> Self { Self } }
//! # static GET_SHIP: Operation = Operation::new("get_ship", Method::GET, "/ships/{id}", true);
//!
//! #[derive(Debug, PartialEq)]
//! enum MyError {
//!     NoSuchShip,
//!     Later,
//! }
//!
//! /// The function to test: a 404 of the API is an error of one's own.
//! fn convert<E: ErrorBody>(error: Error<E>) -> MyError {
//!     match error.status().map(|status| status.as_u16()) {
//!         Some(404) => MyError::NoSuchShip,
//!         _ => MyError::Later,
//!     }
//! }
//!
//! // A client crate has the operation as `operations::GET_SHIP`.
//! let answer = |reply: Reply| reply.result::<serde_json::Value, ApiError>(&GET_SHIP);
//! let refused = answer(Reply::json(404, serde_json::json!({"detail": "no such ship"}))).expect_err("it is refused");
//! assert_eq!(convert(refused), MyError::NoSuchShip);
//! assert_eq!(convert(answer(Reply::no_response()).expect_err("it broke")), MyError::Later);
//! let ship = answer(Reply::json(200, serde_json::json!({"name": "Ana"}))).expect("it succeeds");
//! assert_eq!(ship["name"], "Ana");
//! ```
//!
//! A [`ReplayTransport`] stands in for the HTTP client: `.transport(..)` of a client's builder. Everything else of a call
//! is the real one: checks, retries, rate limits, decoding. In a test of tokio with `start_paused = true` the waits take no
//! time, and neither does the one for a reply that comes late, [`Reply::after`].
//!
//! A [`MemoryRateLimitStore`] stands in for a store of rate limits that several processes share.
//!
//! A delivery of a webhook is made of its JSON: `headers(..)` of the check that the receiver makes gives the headers, as in
//! [`SecretHeader::headers`](crate::SecretHeader::headers), and
//! [`FromDelivery::from_delivery`](crate::FromDelivery::from_delivery) the event.

mod broken_body;
mod memory_rate_limit_store;
mod recorded_request;
mod replay;
mod reply;

pub use memory_rate_limit_store::MemoryRateLimitStore;
pub use recorded_request::RecordedRequest;
pub use replay::ReplayTransport;
pub use reply::Reply;
