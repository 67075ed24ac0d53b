//! Limits that clients keep together, in one process, in the store for tests, and over a real Redis or Valkey.
#![allow(missing_docs)]
#![cfg(unix)]

mod contract;
mod engine;
mod faults;
mod keys;
mod outages;
mod scenarios;
mod vendor;

use conformance::redis_server::RedisServer;

use engine::Engine;

/// Makes tests of scenarios, one for each engine.
macro_rules! for_each_engine {
    ($($scenario:ident),* $(,)?) => {
        mod in_this_process {
            $(#[tokio::test]
            async fn $scenario() {
                super::scenarios::$scenario(&super::Engine::Process).await;
            })*
        }
        mod in_a_store_for_tests {
            $(#[tokio::test]
            async fn $scenario() {
                super::scenarios::$scenario(&super::Engine::Memory).await;
            })*
        }
        mod in_a_store {
            $(#[tokio::test]
            async fn $scenario() {
                let Some(server) = super::RedisServer::start() else { return };
                super::scenarios::$scenario(&super::Engine::Redis(server)).await;
            })*
        }
    };
}

for_each_engine!(
    no_stretch_of_the_interval_holds_more_calls_than_the_limit,
    calls_of_a_process_are_sent_in_the_order_in_which_they_came,
    a_call_that_waits_for_a_narrow_window_has_no_slot_of_the_wide_one,
    a_call_that_is_refused_by_one_window_counts_in_none,
    a_call_counts_from_its_response,
    a_call_that_was_dropped_in_line_counts_nowhere,
    a_call_that_was_dropped_under_way_counts_from_then_on,
    a_call_that_was_dropped_before_it_was_sent_counts_nowhere,
    a_slot_after_the_deadline_is_refused_at_once,
    accounts_do_not_mix,
    apis_do_not_mix,
    a_limit_by_address_spans_accounts,
    a_refusal_of_the_vendor_holds_all_for_an_interval_at_most,
);
