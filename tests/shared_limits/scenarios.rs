//! One suite for all engines: the windows of a process, and those in a store. Clones of one handle with the first are the
//! handles of several processes with the others.

use std::time::Duration;

use api_runtime::{
    Credential, Error, Method, Operation, Pipeline, PipelineBuilder, RateLimitRule, RateLimitScope, RateLimits,
    RetryPolicy, Secret,
};
use conformance::refusal::Refusal;
use dialog360_api::types::{ChannelId, PartnerId};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::vendor::Vendor;

/// Time after which a call is taken for one that never ends.
const HANG_TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) const fn operation(rate_limits: &'static [RateLimitRule]) -> Operation {
    let mut operation = Operation::new("get_ship", Method::GET, "/ships/{ship}", true);
    operation.rate_limits = rate_limits;
    operation
}

pub(crate) const fn rule(requests: u32, per_seconds: u32, scope: RateLimitScope) -> RateLimitRule {
    RateLimitRule { requests, per_seconds, scope }
}

static FIVE_A_SECOND: Operation = operation(&[rule(5, 1, RateLimitScope::Credential)]);
static ONE_A_SECOND: Operation = operation(&[rule(1, 1, RateLimitScope::Credential)]);
static ONE_AN_HOUR: Operation = operation(&[rule(1, 3600, RateLimitScope::Credential)]);
static NARROW_AND_WIDE: Operation =
    operation(&[rule(1, 3600, RateLimitScope::Path("ship")), rule(2, 3600, RateLimitScope::Credential)]);
static TWO_AN_HOUR_BY_ADDRESS: Operation =
    operation(&[rule(2, 3600, RateLimitScope::Address), rule(9, 3600, RateLimitScope::Credential)]);

/// Returns a client that never retries.
pub(crate) fn client(vendor: &Vendor, limits: &RateLimits) -> Pipeline {
    builder(vendor, limits).build().expect("it builds")
}

/// Returns a client whose calls wait for more than an hour.
fn waiting_client(vendor: &Vendor, limits: &RateLimits) -> Pipeline {
    builder(vendor, limits).time_limit(Duration::from_secs(7200)).build().expect("it builds")
}

pub(crate) fn builder(vendor: &Vendor, limits: &RateLimits) -> PipelineBuilder {
    let builder = PipelineBuilder::new(vendor.url(), "conformance").retry(RetryPolicy::never());
    builder.time_limit(HANG_TIMEOUT).rate_limits(limits.clone()).credential(bearer("token"))
}

fn bearer(token: &str) -> Credential {
    Credential::bearer(&Secret::new(token)).expect("a token")
}

/// Calls for a ship, with a number that tells this call from all others.
pub(crate) async fn get(
    client: &Pipeline,
    operation: &'static Operation,
    ship: &str,
    number: usize,
) -> Result<(), Error<Refusal>> {
    let mut request = client.request(operation);
    let call = client.send::<Refusal>(request.path("ship", ship).query("number", Some(&number)));
    timeout(HANG_TIMEOUT, call).await.expect("it ends").map(drop)
}

/// Returns the time after which a call that was not sent may be made.
fn retry_after(result: Result<(), Error<Refusal>>) -> Duration {
    match result {
        Err(Error::InvalidRequest(error)) => error.retry_after().expect("it names a time"),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn no_stretch_of_the_interval_holds_more_calls_than_the_limit(engine: &Engine) {
    let vendor = Vendor::start().await;
    // Slow ones before fast ones: what counts is the arrival, and neither the send time nor that of the response.
    vendor.delay([(60, 0), (0, 50), (0, 0), (35, 10), (10, 0), (0, 20), (80, 5)]);
    let mut calls = JoinSet::new();
    for (index, limits) in engine.handles(3).await.iter().enumerate() {
        let client = client(&vendor, limits);
        for number in 0..5 {
            let client = client.clone();
            calls.spawn(async move { get(&client, &FIVE_A_SECOND, "1", 10 * index + number).await });
        }
    }
    while let Some(call) = calls.join_next().await {
        call.expect("no panic").expect("it is answered");
    }
    assert_eq!(vendor.arrivals().len(), 15);
    assert!(vendor.worst_count(Duration::from_secs(1)) <= 5, "{:?}", vendor.arrivals());
}

pub(crate) async fn calls_of_a_process_are_sent_in_the_order_in_which_they_came(engine: &Engine) {
    let vendor = Vendor::start().await;
    let client = client(&vendor, &engine.handle().await);
    let mut calls = JoinSet::new();
    // This runtime has one thread, and polls tasks in the order in which they were spawned.
    for number in 0..4 {
        let client = client.clone();
        calls.spawn(async move { get(&client, &ONE_A_SECOND, "1", number).await });
    }
    while let Some(call) = calls.join_next().await {
        call.expect("no panic").expect("it is answered");
    }
    let order: Vec<String> = vendor.arrivals().into_iter().map(|it| it.query).collect();
    assert_eq!(order, ["number=0", "number=1", "number=2", "number=3"]);
    assert_eq!(vendor.worst_count(Duration::from_secs(1)), 1);
}

pub(crate) async fn a_call_that_waits_for_a_narrow_window_has_no_slot_of_the_wide_one(engine: &Engine) {
    let vendor = Vendor::start().await;
    let handles = engine.handles(2).await;
    let (here, there) = (waiting_client(&vendor, &handles[0]), client(&vendor, &handles[1]));
    get(&here, &NARROW_AND_WIDE, "1", 0).await.expect("both have room");
    engine.settled().await;
    let mut waits = std::pin::pin!(get(&here, &NARROW_AND_WIDE, "1", 1));
    assert!(timeout(Duration::from_millis(50), &mut waits).await.is_err(), "it waits for an hour");
    get(&there, &NARROW_AND_WIDE, "2", 2).await.expect("the wide window has a slot");
    engine.settled().await;
    // Now it has none.
    retry_after(get(&there, &NARROW_AND_WIDE, "3", 3).await);
    assert_eq!(vendor.arrivals().iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["/ships/1", "/ships/2"]);
}

pub(crate) async fn a_call_that_is_refused_by_one_window_counts_in_none(engine: &Engine) {
    let vendor = Vendor::start().await;
    let handles = engine.handles(2).await;
    let (here, there) = (client(&vendor, &handles[0]), client(&vendor, &handles[1]));
    get(&here, &NARROW_AND_WIDE, "1", 0).await.expect("both have room");
    engine.settled().await;
    for number in 1..3 {
        retry_after(get(&there, &NARROW_AND_WIDE, "1", number).await);
    }
    get(&there, &NARROW_AND_WIDE, "2", 3).await.expect("the wide window has a slot");
    engine.settled().await;
    retry_after(get(&here, &NARROW_AND_WIDE, "3", 4).await);
    assert_eq!(vendor.arrivals().len(), 2);
}

pub(crate) async fn a_call_counts_from_its_response(engine: &Engine) {
    let vendor = Vendor::start().await;
    vendor.delay([(0, 300)]);
    let handles = engine.handles(2).await;
    let (here, there) = (client(&vendor, &handles[0]), client(&vendor, &handles[1]));
    let slow = tokio::spawn(async move { get(&here, &ONE_A_SECOND, "1", 0).await });
    while vendor.arrivals().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    get(&there, &ONE_A_SECOND, "1", 1).await.expect("it is answered");
    slow.await.expect("no panic").expect("it is answered");
    let arrivals = vendor.arrivals();
    let answered = arrivals[0].answered.expect("it is");
    assert!(arrivals[1].at.duration_since(answered) >= Duration::from_secs(1), "{arrivals:?}");
}

pub(crate) async fn a_call_that_was_dropped_in_line_counts_nowhere(engine: &Engine) {
    let vendor = Vendor::start().await;
    let handles = engine.handles(2).await;
    let here = waiting_client(&vendor, &handles[0]);
    get(&here, &NARROW_AND_WIDE, "1", 0).await.expect("both have room");
    engine.settled().await;
    let waits = timeout(Duration::from_millis(50), get(&here, &NARROW_AND_WIDE, "1", 1)).await;
    assert!(waits.is_err(), "it waits for an hour");
    engine.settled().await;
    for limits in &handles {
        // The line of the narrow window is left, too, so that this is refused and does not wait in it.
        retry_after(get(&client(&vendor, limits), &NARROW_AND_WIDE, "1", 2).await);
    }
    get(&client(&vendor, &handles[1]), &NARROW_AND_WIDE, "2", 3).await.expect("the wide window has a slot");
    assert_eq!(vendor.arrivals().len(), 2);
}

pub(crate) async fn a_call_that_was_dropped_under_way_counts_from_then_on(engine: &Engine) {
    let vendor = Vendor::start().await;
    vendor.delay([(0, 3_600_000)]);
    let handles = engine.handles(2).await;
    let here = client(&vendor, &handles[0]);
    let call = tokio::spawn(async move { get(&here, &ONE_AN_HOUR, "1", 0).await });
    while vendor.arrivals().is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    call.abort();
    assert!(call.await.expect_err("it is dropped").is_cancelled());
    engine.settled().await;
    let wait = retry_after(get(&client(&vendor, &handles[1]), &ONE_AN_HOUR, "1", 1).await);
    assert!(wait > Duration::from_secs(3000), "{wait:?}");
    // A lease that goes on would add its time.
    assert!(wait <= Duration::from_millis(3_600_001), "{wait:?}");
    assert_eq!(vendor.arrivals().len(), 1);
}

pub(crate) async fn a_call_that_was_dropped_before_it_was_sent_counts_nowhere(engine: &Engine) {
    let vendor = Vendor::start().await;
    vendor.delay([(3_600_000, 0), (0, 0)]);
    let handles = engine.handles(2).await;
    let client = |limits: &RateLimits| {
        let client = dialog360_api::Client::builder().login("ana", "password").base_url(vendor.url());
        let client = client.retry(RetryPolicy::never()).rate_limits(limits.clone());
        client.time_limit(Duration::from_secs(20)).build().expect("it builds")
    };
    // One call in 30 seconds for a channel. It has its slot before the login.
    let (partner, channel) = (PartnerId::new("exmplePA").expect("an id"), ChannelId::new("exmpleCH").expect("an id"));
    let login = client(&handles[0]);
    let call = tokio::spawn({
        let (partner, channel) = (partner.clone(), channel.clone());
        async move { login.create_channel_api_key().partner_id(&partner).channel_id(&channel).send().await }
    });
    vendor.requested().await;
    call.abort();
    assert!(call.await.expect_err("it is dropped").is_cancelled());
    engine.settled().await;
    let call = client(&handles[1]);
    let error = call.create_channel_api_key().partner_id(&partner).channel_id(&channel).send().await;
    // The slot is free, and what the vendor answers to the login is no token.
    assert!(matches!(error, Err(dialog360_api::Error::Decode(_))), "{error:?}");
}

pub(crate) async fn a_slot_after_the_deadline_is_refused_at_once(engine: &Engine) {
    let vendor = Vendor::start().await;
    let handles = engine.handles(2).await;
    get(&client(&vendor, &handles[0]), &ONE_AN_HOUR, "1", 0).await.expect("it has room");
    engine.settled().await;
    // A call that waited for its deadline of an hour would end the test by its time-out.
    let bounded = builder(&vendor, &handles[1]).time_limit(Duration::from_secs(3000)).build().expect("it builds");
    let wait = retry_after(get(&bounded, &ONE_AN_HOUR, "1", 1).await);
    assert!(wait > Duration::from_secs(3000) && wait <= Duration::from_millis(3_600_001), "{wait:?}");
    assert_eq!(vendor.arrivals().len(), 1);
}

pub(crate) async fn accounts_do_not_mix(engine: &Engine) {
    let vendor = Vendor::start().await;
    let handles = engine.handles(2).await;
    let base = client(&vendor, &handles[0]);
    for token in ["ana", "bento"] {
        get(&base.with_credential(bearer(token)), &ONE_AN_HOUR, "1", 0).await.expect("a slot of its own");
    }
    engine.settled().await;
    for token in ["ana", "bento"] {
        let account = builder(&vendor, &handles[1]).credential(bearer(token)).build().expect("it builds");
        retry_after(get(&account, &ONE_AN_HOUR, "1", 1).await);
    }
    assert_eq!(vendor.arrivals().len(), 2);
}

pub(crate) async fn apis_do_not_mix(engine: &Engine) {
    let vendor = Vendor::start().await;
    let handles = engine.handles(2).await;
    let client = |limits, api| builder(&vendor, limits).api(api).build().expect("it builds");
    for api in ["ships", "ports"] {
        get(&client(&handles[0], api), &ONE_AN_HOUR, "1", 0).await.expect("a slot of its own");
    }
    engine.settled().await;
    for api in ["ships", "ports"] {
        retry_after(get(&client(&handles[1], api), &ONE_AN_HOUR, "1", 1).await);
    }
    assert_eq!(vendor.arrivals().len(), 2);
}

pub(crate) async fn a_limit_by_address_spans_accounts(engine: &Engine) {
    let vendor = Vendor::start().await;
    let handles = engine.handles(2).await;
    let client = |limits: &RateLimits, token: &str| {
        builder(&vendor, limits).rate_limit_by_address(true).credential(bearer(token)).build().expect("it builds")
    };
    get(&client(&handles[0], "ana"), &TWO_AN_HOUR_BY_ADDRESS, "1", 0).await.expect("one of two");
    get(&client(&handles[1], "bento"), &TWO_AN_HOUR_BY_ADDRESS, "1", 1).await.expect("two of two");
    engine.settled().await;
    retry_after(get(&client(&handles[0], "carla"), &TWO_AN_HOUR_BY_ADDRESS, "1", 2).await);
    // One that does not keep the limit is not held up by it.
    let unbound = builder(&vendor, &handles[0]).credential(bearer("carla")).build().expect("it builds");
    get(&unbound, &TWO_AN_HOUR_BY_ADDRESS, "1", 3).await.expect("it has a slot of its account");
    assert_eq!(vendor.arrivals().len(), 3);
}

pub(crate) async fn a_refusal_of_the_vendor_holds_all_for_an_interval_at_most(engine: &Engine) {
    let vendor = Vendor::start().await;
    let handles = engine.handles(2).await;
    let (here, there) = (client(&vendor, &handles[0]), client(&vendor, &handles[1]));
    // An hour is longer than the window, so its length holds.
    vendor.refuse_next(3600);
    let refused = get(&here, &FIVE_A_SECOND, "1", 0).await.expect_err("it is refused");
    assert_eq!(refused.status().map(|status| status.as_u16()), Some(429));
    engine.settled().await;
    for (number, client) in [(1, there), (2, here)] {
        get(&client, &FIVE_A_SECOND, "1", number).await.expect("it waits");
    }
    let arrivals = vendor.arrivals();
    assert_eq!(arrivals.len(), 3);
    assert!(arrivals[1].at.duration_since(arrivals[0].at) >= Duration::from_secs(1), "{arrivals:?}");
}
