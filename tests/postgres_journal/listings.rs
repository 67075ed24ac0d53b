//! The listing of what exists at the vendors, which one process reads for all.

use std::time::Duration;

use conformance::postgres_server::Database;
use tenant_onboarding::{Journal as _, PostgresJournal, SharedListing};

use crate::setting::{database, journal};

/// Greatest age that no listing of a test reaches.
const MAX_AGE: Duration = Duration::from_secs(3600);

async fn eight(database: &Database) -> Vec<PostgresJournal> {
    let mut journals = Vec::new();
    for _ in 0..8 {
        journals.push(journal(database).await);
    }
    journals
}

/// Asks all at once, and returns the number of those who are to read, who wait, and who have the text.
async fn ask(journals: &[PostgresJournal], text: &str) -> (Vec<usize>, usize, usize) {
    let asks = journals.iter().cloned().enumerate().map(|(number, journal)| {
        tokio::spawn(async move { (number, journal.listing(MAX_AGE).await.expect("a listing")) })
    });
    let (mut reading, mut waiting, mut found) = (Vec::new(), 0, 0);
    for ask in asks.collect::<Vec<_>>() {
        match ask.await.expect("no panic") {
            (number, SharedListing::Absent) => reading.push(number),
            (_, SharedListing::InProgress(wait)) => {
                assert!(wait > Duration::ZERO && wait <= Duration::from_secs(60), "{wait:?}");
                waiting += 1;
            }
            (_, SharedListing::Found { text: told, age }) => {
                assert!(told == text && age < MAX_AGE);
                found += 1;
            }
            (_, _) => panic!("another kind of listing"),
        }
    }
    (reading, waiting, found)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_eight_reads_it_for_all() {
    let Some(database) = database().await else { return };
    let journals = eight(&database).await;
    let (reading, waiting, found) = ask(&journals, "").await;
    assert_eq!((reading.len(), waiting, found), (1, 7, 0));
    let text = format!("{{\"odd\": \"'\\\\ \u{1f600}\", \"long\": \"{}\"}}", "x".repeat(1_000_000));
    journals[reading[0]].share_listing(&text, Duration::from_secs(7)).await.expect("shared");
    assert_eq!(ask(&journals, &text).await, (vec![], 0, 8));
    match journals[0].listing(MAX_AGE).await.expect("a listing") {
        SharedListing::Found { age, .. } => assert!(age >= Duration::from_secs(7)),
        _ => panic!("it is shared"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_reads_it_when_the_reader_is_gone() {
    let Some(database) = database().await else { return };
    let mut journals = eight(&database).await;
    let (reading, ..) = ask(&journals, "").await;
    drop(journals.remove(reading[0]));
    assert_eq!(ask(&journals, "").await, (vec![], 7, 0));
    database.query("UPDATE tenant_onboarding.listing SET reading_until = clock_timestamp()").await;
    let (reading, waiting, found) = ask(&journals, "").await;
    assert_eq!((reading.len(), waiting, found), (1, 6, 0));
    journals[reading[0]].share_listing("text", Duration::ZERO).await.expect("shared");
    assert_eq!(ask(&journals, "text").await, (vec![], 0, 7));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_old_one_is_read_again() {
    let Some(database) = database().await else { return };
    let journals = eight(&database).await;
    let (reading, ..) = ask(&journals, "").await;
    journals[reading[0]].share_listing("old", MAX_AGE * 2).await.expect("shared");
    let (reading, waiting, found) = ask(&journals, "").await;
    assert_eq!((reading.len(), waiting, found), (1, 7, 0));
    journals[reading[0]].share_listing("new", Duration::ZERO).await.expect("shared");
    // One that was read before it and comes after it.
    journals[0].share_listing("old", MAX_AGE / 2).await.expect("shared");
    assert_eq!(ask(&journals, "new").await, (vec![], 0, 8));
}

#[tokio::test]
async fn another_account_has_another() {
    let Some(database) = database().await else { return };
    let other = PostgresJournal::builder(database.url(), "other servers").unsealed().connect().await;
    let (one, other) = (journal(&database).await, other.expect("a journal"));
    assert!(one.listing(MAX_AGE).await.expect("a listing") == SharedListing::Absent);
    one.share_listing("of one", Duration::ZERO).await.expect("shared");
    assert!(other.listing(MAX_AGE).await.expect("a listing") == SharedListing::Absent);
}
