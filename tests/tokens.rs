//! Access tokens: one login and one refresh, for any number of waiting calls.
#![allow(missing_docs)]

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use conformance::virtual_time::VirtualTime;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use zapsign_api::types::OrganizationId;
use zapsign_api::{Client, Error, RetryPolicy, TransportErrorKind};

const STEP: Duration = Duration::from_millis(100);

/// Server that issues numbered tokens and accepts the latest only.
#[derive(Default)]
struct Vendor {
    state: Mutex<State>,
}

#[derive(Default, Debug, Clone, PartialEq, Eq)]
struct State {
    current: u32,
    logins: u32,
    renewals: u32,
    refused: u32,
    served: u32,
    no_renewals: bool,
    /// Duration of a login.
    slow: Option<Duration>,
    /// `true` to reject every token.
    deaf: bool,
    /// Response to a login, or to a rejected token, in place of the normal one.
    login: Option<Value>,
    refusal: Option<(u16, Value)>,
}

impl Vendor {
    async fn start(self: &Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let vendor = Arc::clone(self);
        let app = Router::new().fallback(move |request: Request| {
            let vendor = Arc::clone(&vendor);
            async move { vendor.answer(request).await }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panicked")
    }

    async fn answer(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let header = request.headers().get("authorization").map(|value| value.to_str().expect("text").to_owned());
        assert!(!request.uri().to_string().contains("token="), "no token in the query");
        let body = to_bytes(request.into_body(), usize::MAX).await.expect("a body");
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let slow = self.state().slow.filter(|_| path.starts_with("/api/v1/auth/"));
        if let Some(slow) = slow {
            tokio::time::sleep(slow).await;
        }
        let mut state = self.state();
        let (status, answer) = match path.as_str() {
            "/api/v1/auth/token/11111/" => {
                assert_eq!(header, None);
                state.logins += 1;
                if body != json!({"username": "ana@aurora.example", "password": "right"}) {
                    (401, json!({"detail": "No active account found with the given credentials"}))
                } else if let Some(answer) = &state.login {
                    (200, answer.clone())
                } else {
                    state.current += 1;
                    (200, json!({"access": format!("access-{}", state.current), "refresh": "refresh-1"}))
                }
            }
            "/api/v1/auth/token-refresh/" => {
                assert_eq!(header, None);
                state.renewals += 1;
                if state.no_renewals || body != json!({"refresh": "refresh-1"}) {
                    (401, json!({"detail": "Token is invalid or expired", "code": "token_not_valid"}))
                } else {
                    state.current += 1;
                    (200, json!({"access": format!("access-{}", state.current)}))
                }
            }
            _ if !state.deaf && header == Some(format!("Bearer access-{}", state.current)) => {
                state.served += 1;
                (200, json!({"message": "done"}))
            }
            _ => {
                state.refused += 1;
                let refusal = json!({"detail": "Token is invalid or expired", "code": "token_not_valid"});
                state.refusal.clone().unwrap_or((401, refusal))
            }
        };
        let response = Response::builder().status(status).header("content-type", "application/json");
        response.body(Body::from(answer.to_string())).expect("a response")
    }
}

fn client(url: &str, password: &str) -> Client {
    Client::builder()
        .login(OrganizationId::new("11111").expect("an id"), "ana@aurora.example", password)
        .base_url(url)
        .attempt_timeout(Duration::from_secs(600))
        .build()
        .expect("it builds")
}

async fn call(client: &Client) -> Result<(), Error> {
    client.delete_user().user_email("bento@aurora.example").send().await.map(drop)
}

/// Makes `calls` calls concurrently and returns their results.
async fn at_once(time: &VirtualTime, client: &Client, calls: usize) -> Vec<Result<(), Error>> {
    let mut set = JoinSet::new();
    for _ in 0..calls {
        let client = client.clone();
        set.spawn(async move { call(&client).await });
    }
    time.run(STEP, set.join_all()).await.0
}

#[tokio::test(start_paused = true)]
async fn a_token_is_got_once_and_renewed_once() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let client = client(&vendor.start().await, "right");
    assert!(at_once(&time, &client, 64).await.iter().all(Result::is_ok));
    assert_eq!(*vendor.state(), State { current: 1, logins: 1, served: 64, ..State::default() });

    // The server no longer accepts the token: every rejected call waits for one refresh.
    vendor.state().current = 2;
    assert!(at_once(&time, &client, 64).await.iter().all(Result::is_ok));
    let state = vendor.state().clone();
    assert_eq!((state.logins, state.renewals, state.served), (1, 1, 128), "{state:?}");

    // Before it expires, it is refreshed without a rejection.
    let refused = state.refused;
    tokio::time::advance(Duration::from_secs(3600 - 30)).await;
    assert!(at_once(&time, &client, 64).await.iter().all(Result::is_ok));
    let state = vendor.state().clone();
    assert_eq!((state.logins, state.renewals, state.served, state.refused), (1, 2, 192, refused), "{state:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_renewal_logs_in_again() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let client = client(&vendor.start().await, "right");
    assert!(at_once(&time, &client, 1).await[0].is_ok());
    vendor.state().current = 9;
    vendor.state().no_renewals = true;
    assert!(at_once(&time, &client, 64).await.iter().all(Result::is_ok));
    let state = vendor.state().clone();
    assert_eq!((state.logins, state.renewals), (2, 1), "{state:?}");
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_one_clear_error_and_no_loop() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let client = client(&vendor.start().await, "wrong-password");
    let outcomes = at_once(&time, &client, 64).await;
    assert_eq!(*vendor.state(), State { logins: 1, ..State::default() });
    for outcome in outcomes {
        let error = outcome.expect_err("nobody gets in");
        assert_eq!(error.to_string(), "obtain_access_token was answered with 401 Unauthorized");
        assert!(!format!("{error:?} {client:?}").contains("wrong-password"));
        let Error::Api(refusal) = error else { panic!("{error}") };
        assert_eq!(refusal.body().message(), Some("No active account found with the given credentials"));
    }
    // A later call fetches again, once.
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(at_once(&time, &client, 1).await[0].is_err());
    assert_eq!(vendor.state().logins, 2);
}

/// A vendor may lock the user out after too many logins.
#[tokio::test(start_paused = true)]
async fn a_refused_password_is_tried_less_and_less_often() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let client = client(&vendor.start().await, "wrong-password");
    for _ in 0..100 {
        let error = at_once(&time, &client, 1).await.remove(0).expect_err("nobody gets in");
        assert_eq!(error.to_string(), "obtain_access_token was answered with 401 Unauthorized");
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    let logins = vendor.state().logins;
    assert!((5..=8).contains(&logins), "{logins} logins in 100 seconds");

    // The pause has an end, and then one call tries for all.
    for more in 1..=3 {
        tokio::time::advance(Duration::from_secs(300)).await;
        assert!(at_once(&time, &client, 64).await.iter().all(Result::is_err));
        assert_eq!(vendor.state().logins, logins + more);
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_for_a_call_is_the_time_for_its_login_too() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    vendor.state().slow = Some(Duration::from_secs(60));
    let client = client(&vendor.start().await, "right");
    let user = || client.delete_user().user_email("bento@aurora.example");
    let limit = Duration::from_secs(20);
    for (name, somebody_logs_in, call) in [
        ("time limit", false, user().time_limit(limit)),
        ("time-out", false, user().retry(RetryPolicy::never()).attempt_timeout(limit)),
        ("waiting for somebody's login", true, user().time_limit(limit)),
    ] {
        let other = client.clone();
        let other = somebody_logs_in.then(|| tokio::spawn(async move { self::call(&other).await }));
        time.settle().await;
        let (outcome, took) = time.run(STEP, call.send()).await;
        let error = outcome.expect_err("there is no time");
        assert!(took >= Duration::from_secs(19) && took < Duration::from_secs(22), "{name}: {took:?}");
        let said = ": the time ran out in the login; the request of the call itself was not sent";
        assert!(error.to_string().ends_with(said), "{name}: {error}");
        if let Some(other) = other {
            other.abort();
            assert_eq!(error.operation(), "delete_user");
        }
        assert!(error.is_retryable() && !error.may_have_reached_server() && !error.may_have_taken_effect());
        let Error::Transport(failure) = error else { panic!("{error}") };
        assert_eq!(failure.kind(), TransportErrorKind::Timeout);
    }
    // A call that has enough time is not blocked.
    assert!(at_once(&time, &client, 64).await.iter().all(Result::is_ok));
    assert_eq!(vendor.state().served, 64);
}

/// A refresh that ends with its cancelled call is made again by the next call, and the refresh token is not lost.
#[tokio::test(start_paused = true)]
async fn a_renewal_that_is_given_up_is_made_by_the_next_call() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let client = client(&vendor.start().await, "right");
    assert!(at_once(&time, &client, 1).await[0].is_ok());
    vendor.state().current = 9;
    vendor.state().slow = Some(Duration::from_secs(60));
    let call = client.delete_user().user_email("bento@aurora.example").time_limit(Duration::from_secs(20));
    assert!(time.run(STEP, call.send()).await.0.is_err(), "there is no time");
    vendor.state().slow = None;
    assert!(at_once(&time, &client, 64).await.iter().all(Result::is_ok));
    let state = vendor.state().clone();
    assert_eq!((state.logins, state.served), (1, 65), "{state:?}");
}

#[test]
fn an_empty_name_or_password_is_refused_when_the_client_is_built() {
    for (username, password) in
        [("", "right"), (" ", "right"), ("ana@aurora.example", ""), ("ana@aurora.example", "\t")]
    {
        let organization = OrganizationId::new("11111").expect("an id");
        let error = Client::builder().login(organization, username, password).build().expect_err("it is empty");
        assert!(error.to_string().starts_with("the credential is empty"), "{error}");
        let error = dialog360_api::Client::builder().login(username, password).build().expect_err("it is empty");
        assert!(error.to_string().starts_with("the credential is empty"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_twice_is_the_callers_to_know() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let url = vendor.start().await;
    let with_token = Client::builder().api_token("access-7").base_url(&url).build().expect("it builds");
    let error = time.run(STEP, call(&with_token)).await.0.expect_err("the token is wrong");
    assert_eq!((error.status().map(|status| status.as_u16()), error.attempts()), (Some(401), 1));
    assert_eq!(vendor.state().refused, 1, "an API token can't be renewed");

    for answer in [json!({"access": 7}), json!({"access": "", "refresh": "refresh-1"}), json!({"access": ""})] {
        vendor.state().login = Some(answer.clone());
        let error = time.run(STEP, call(&client(&url, "right"))).await.0.expect_err("no token");
        assert!(
            error.to_string().starts_with("obtain_access_token succeeded with 200, but the body does not match"),
            "{error}"
        );
        assert_eq!(error.raw_body().map(|body| body.as_ref()), Some(answer.to_string().as_bytes()));
    }
    assert_eq!(vendor.state().refused, 1, "no empty token is sent");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_no_token_is_not_asked_for_ever_more() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    vendor.state().deaf = true;
    let client = client(&vendor.start().await, "right");
    let asked = |vendor: &Vendor| {
        let state = vendor.state().clone();
        (state.logins, state.renewals, state.refused)
    };
    assert_eq!(at_once(&time, &client, 1).await[0].as_ref().map_err(Error::attempts), Err(2));
    assert_eq!(asked(&vendor), (1, 1, 2), "a login, one renewal after it is refused, and no more");
    for _ in 0..10 {
        assert_eq!(at_once(&time, &client, 1).await[0].as_ref().map_err(Error::attempts), Err(1));
    }
    assert_eq!(asked(&vendor), (1, 1, 12), "the renewed token was in vain, and so another one would be");

    // It is tried again after a pause, with a login, since the refresh did not help.
    tokio::time::advance(Duration::from_secs(61)).await;
    at_once(&time, &client, 1).await;
    at_once(&time, &client, 1).await;
    assert_eq!(asked(&vendor), (2, 1, 15));
    tokio::time::advance(Duration::from_secs(61)).await;
    vendor.state().deaf = false;
    assert!(at_once(&time, &client, 64).await.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn only_what_the_spec_names_asks_for_another_token() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    vendor.state().deaf = true;
    let url = vendor.start().await;
    let unknown = "API token not found. More details here / Token da API n\u{e3}o encontrado: https://docs.example";
    for (status, body, text) in [
        (401, json!({"detail": "no"}), "delete_user was answered with 401 Unauthorized"),
        (403, json!({"detail": "no", "code": "token_not_valid"}), "delete_user was answered with 403 Forbidden"),
        (
            403,
            json!({"detail": unknown}),
            "delete_user was answered with 403 Forbidden; the API token is not known here; check that it belongs to this \
             environment",
        ),
    ] {
        vendor.state().refusal = Some((status, body.clone()));
        let before = vendor.state().logins;
        let error = at_once(&time, &client(&url, "right"), 1).await.remove(0).expect_err("it is refused");
        assert_eq!((error.to_string().as_str(), error.attempts()), (text, 1));
        let state = vendor.state().clone();
        assert_eq!((state.logins - before, state.renewals), (1, 0), "{body}");
    }
}
