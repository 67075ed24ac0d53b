use api_runtime::{RetryPolicy, check_segment};
use dialog360_api::types::PartnerId;
use dialog360_api::{Client, Error};
use http::Method;
use percent_encoding::percent_decode_str;
use tokio::runtime::Runtime;

use crate::recorder::{Recorder, Reply};

/// Server that records the paths it receives.
pub struct Paths {
    runtime: Runtime,
    server: Recorder,
    client: Client,
}

impl Paths {
    /// Starts the server.
    pub fn start() -> Self {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("no runtime: {error}"),
        };
        let server = runtime.block_on(Recorder::start(Reply::new(200, "application/json", "{}")));
        let client =
            Client::builder().api_key("key").base_url(server.url()).retry(RetryPolicy::never()).rate_limiting(false);
        match client.build() {
            Ok(client) => Self { runtime, server, client },
            Err(error) => panic!("no client: {error}"),
        }
    }

    /// Claims that a valid id is no dot segment, contains nothing that ends a segment, and arrives as exactly one. Any
    /// other is rejected before it is sent, even if a response contained it.
    pub fn id(&self, text: &str) {
        let checked = PartnerId::new(text);
        assert_eq!(checked.is_ok(), check_segment(text).is_ok(), "{text:?}");
        let Ok(answered) = serde_json::from_value::<PartnerId>(text.into()) else {
            panic!("answers are kept: {text:?}")
        };
        assert_eq!(answered.as_str(), text);
        let sent = self.runtime.block_on(self.client.get_webhook_url().partner_id(&answered).send()).map(drop);
        let expected = ["api", "v2", "partners", text, "webhook_url"];
        if checked.is_ok() {
            assert!(!matches!(text, "" | "." | "..") && !text.contains(['/', '\\', '?', '#', '%']), "{text:?}");
        }
        self.arrived(checked.is_ok(), sent, &expected, text);
    }

    /// Claims that a raw path arrives segment by segment, or is not sent.
    pub fn raw(&self, path: &str) {
        let sent = self.runtime.block_on(self.client.request(Method::GET, path).send()).map(drop);
        let Some(inside) = path.strip_prefix('/') else {
            return self.arrived(false, sent, &[], path);
        };
        let segments: Vec<&str> = inside.split('/').collect();
        let last = segments.len() - 1;
        let fine =
            |(index, segment): (usize, &&str)| check_segment(segment).is_ok() || segment.is_empty() && index == last;
        self.arrived(segments.iter().enumerate().all(fine), sent, &segments, path);
    }

    fn arrived(&self, accepted: bool, sent: Result<(), Error>, segments: &[&str], text: &str) {
        let received = self.server.take();
        if !accepted {
            assert!(matches!(sent, Err(Error::InvalidRequest(_))) && received.is_empty(), "{text:?}: {sent:?}");
            return;
        }
        let [request] = received.as_slice() else { panic!("{text:?}: {} arrived, {sent:?}", received.len()) };
        let path = request.uri.path().strip_prefix('/').unwrap_or_default();
        let arrived: Vec<_> = path.split('/').map(|segment| percent_decode_str(segment).collect::<Vec<u8>>()).collect();
        assert_eq!(arrived, segments.iter().map(|segment| segment.as_bytes()).collect::<Vec<_>>(), "{text:?}");
        assert_eq!(request.uri.query(), None, "{text:?}");
        assert!(sent.is_ok(), "{text:?}: {sent:?}");
    }
}
