//! Measures what one database carries:
//! `cargo run --release -p tenant-onboarding --features postgres --example journal_capacity -- postgres:///test`.
//!
//! It makes the journal of 100,000 tenants, half of them complete, in a database that has none, and leaves it there. For the plans
//! of the statements, it needs a superuser, and a server with `logging_collector=on`.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dialog360_api::types::{ChannelId, ClientId};
use tenant_onboarding::{
    Entry, Journal as _, JournalError, PostgresJournal, Resource, SealingKeys, Tenant, TenantQueue as _,
};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, NoTls};

const TENANTS: usize = 100_000;
/// Tenants that go through all entries by the journal itself, before the others are copies of the last of them.
const WHOLE: usize = 1_000;
/// Connections at a time.
const CONNECTIONS: [usize; 3] = [1, 8, 50];
/// Tenants of one claim.
const BATCHES: [usize; 3] = [1, 5, 20];
/// Statements of one measurement.
const STATEMENTS: usize = 2_000;
const SERVERS: &str = "capacity";

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    let url = std::env::args().nth(1).ok_or("usage: journal_capacity URL")?;
    let sql = connect(&url).await?;
    let keys = SealingKeys::parse(&SealingKeys::generate("capacity")?)?;

    let journal = open(&url, &keys, 50).await?;
    let tenants: Vec<Tenant> = (0..TENANTS).map(tenant).collect();
    let start = Instant::now();
    let enqueued = journal.enqueue(&tenants).await?;
    if enqueued.added as usize != TENANTS {
        return Err("the database has a journal; use an empty one".into());
    }
    println!("{TENANTS} tenants enqueued in {:.1} s\n", start.elapsed().as_secs_f64());

    println!(
        "tenants through all entries, each with a claim, 12 entries and an end\n\n| connections | tenants per s |\n|---|---|"
    );
    for connections in CONNECTIONS {
        let journal = open(&url, &keys, connections).await?;
        let count = if connections == 1 { WHOLE / 5 } else { WHOLE };
        println!("| {connections} | {:.0} |", rate(count, whole_tenants(&journal, connections, count)).await?);
    }
    drop(journal);
    fill(&sql).await?;

    println!("\nwith {TENANTS} tenants, half of them complete\n");
    println!("| statement | connections | per s | of plain updates |\n|---|---|---|---|");
    for connections in CONNECTIONS {
        let plain = rate(STATEMENTS, plain_updates(&url, connections)).await?;
        println!("| plain update of one row by its key | {connections} | {plain:.0} | 1 |");
        let journal = open(&url, &keys, connections).await?;
        for batch in BATCHES {
            let claims = rate(STATEMENTS / batch, claims(&journal, connections, batch)).await?;
            println!("| claim of {batch} | {connections} | {claims:.0} | {:.2} |", claims / plain);
        }
        let records = rate(STATEMENTS, records(&journal, connections)).await?;
        println!("| entry | {connections} | {records:.0} | {:.2} |", records / plain);
    }
    sizes(&sql).await?;
    plans(&sql, &url, &keys).await
}

fn tenant(number: usize) -> Tenant {
    Tenant {
        name: format!("Company number {number} of the capacity test"),
        email: format!("contact@company-{number}.example"),
        waba_external_id: format!("22{number:013}"),
        phone_number_id: format!("33{number:013}"),
        country: "br".to_owned(),
        language: "pt-br".to_owned(),
        messaging_webhook_url: format!("https://hooks.example/tenants/{number}"),
    }
}

/// Returns the entries of a tenant that has everything.
fn entries(tenant: &Tenant) -> Outcome<Vec<Entry>> {
    let number = &tenant.phone_number_id;
    let account_id = number.parse()?;
    Ok(vec![
        Entry::Tenant { phone_number_id: number.clone(), name: tenant.name.clone() },
        Entry::ClientIntent { email: tenant.email.clone() },
        Entry::ClientAccepted,
        Entry::Client { client_id: ClientId::new(format!("{number}CL"))? },
        Entry::NumberIntent,
        Entry::NumberAccepted,
        Entry::Number { channel_id: ChannelId::new(format!("{number}CH"))?, created: true },
        Entry::KeyIntent { before: Some(Vec::new()) },
        Entry::Key {
            id: Some(format!("{number}AK")),
            address: Some("https://messaging.example".to_owned()),
            api_key: "k".repeat(40).into(),
        },
        Entry::Webhook { url: tenant.messaging_webhook_url.clone() },
        Entry::AccountIntent,
        Entry::Account { account_id, api_token: "t".repeat(64).into() },
    ])
}

async fn connect(url: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn open(url: &str, keys: &SealingKeys, connections: usize) -> Outcome<PostgresJournal> {
    let builder = PostgresJournal::builder(url, SERVERS).seal(keys.clone()).max_connections(connections);
    Ok(builder.lease(Duration::from_secs(24 * 3600)).connect().await?)
}

/// Returns how many of `count` pieces of work are done in a second.
async fn rate(count: usize, work: impl Future<Output = Outcome>) -> Outcome<f64> {
    let start = Instant::now();
    work.await?;
    #[expect(clippy::cast_precision_loss, reason = "it is far below 2^53")]
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

/// Runs work `count` times in as many tasks as there are connections.
async fn repeat<F>(connections: usize, count: usize, work: impl Fn(usize) -> F + Send + Sync + 'static) -> Outcome
where
    F: Future<Output = Outcome> + Send,
{
    let (next, work) = (Arc::new(AtomicUsize::new(0)), Arc::new(work));
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (next, work) = (Arc::clone(&next), Arc::clone(&work));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return Ok(());
                    }
                    work(number).await?;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await?.map_err(|error: Box<dyn Error + Send + Sync>| error)?;
    }
    Ok(())
}

async fn whole_tenants(journal: &PostgresJournal, connections: usize, count: usize) -> Outcome {
    let journal = journal.clone();
    repeat(connections, count, move |_| {
        let journal = journal.clone();
        async move {
            let claimed = journal.claim(1).await?.tenants;
            let (tenant, _claim) = claimed.first().ok_or("no tenant is left")?;
            for entry in entries(tenant)? {
                journal.record(&tenant.identity(), &entry).await?;
            }
            Ok(journal.end(&tenant.identity(), &Ok(())).await?)
        }
    })
    .await
}

async fn claims(journal: &PostgresJournal, connections: usize, batch: usize) -> Outcome {
    let journal = journal.clone();
    repeat(connections, STATEMENTS / batch, move |_| {
        let journal = journal.clone();
        async move {
            let claimed = journal.claim(batch).await?.tenants.len();
            if claimed < batch { Err(format!("{claimed} of {batch} were claimed").into()) } else { Ok(()) }
        }
    })
    .await
}

/// Writes entries of as many tenants as there are connections.
async fn records(journal: &PostgresJournal, connections: usize) -> Outcome {
    let claimed: Arc<Vec<_>> = Arc::new(journal.claim(connections).await?.tenants);
    let journal = journal.clone();
    repeat(connections, STATEMENTS, move |number| {
        let (journal, claimed) = (journal.clone(), Arc::clone(&claimed));
        async move {
            let (tenant, _) = &claimed[number % claimed.len()];
            let entry = Entry::Webhook { url: tenant.messaging_webhook_url.clone() };
            Ok(journal.record(&tenant.identity(), &entry).await?)
        }
    })
    .await
}

/// Updates one row in each transaction, as simple as a write can be.
async fn plain_updates(url: &str, connections: usize) -> Outcome {
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Arc::new(connect(url).await?));
    }
    repeat(connections, STATEMENTS, move |number| {
        let client = Arc::clone(&clients[number % clients.len()]);
        async move {
            let id = i64::try_from(number * 37 % TENANTS)? + 1;
            let update = "UPDATE capacity_plain SET n = n + 1 WHERE id = $1";
            client.execute_typed(update, &[(&id, Type::INT8)]).await?;
            Ok(())
        }
    })
    .await
}

/// Makes half of the tenants complete, as copies of one that is, and a table for plain updates.
async fn fill(sql: &Client) -> Outcome {
    let half = TENANTS / 2;
    sql.batch_execute(&format!(
        "CREATE TABLE capacity_plain (id bigint PRIMARY KEY, n bigint NOT NULL, filler text) WITH (fillfactor = 70);
         INSERT INTO capacity_plain SELECT n, 0, repeat('x', 200) FROM generate_series(1, {TENANTS}) AS n;
         CREATE TEMP TABLE template AS
           SELECT id FROM tenant_onboarding.tenant WHERE state = 'done' ORDER BY id DESC LIMIT 1;
         CREATE TEMP TABLE copies AS
           SELECT id, account FROM tenant_onboarding.tenant WHERE state = 'ready' ORDER BY random()
           LIMIT {half} - (SELECT count(*) FROM tenant_onboarding.tenant WHERE state = 'done');
         INSERT INTO tenant_onboarding.entry (tenant, number, fence, step, content, sealed, key_id)
           SELECT copies.id, number, fence, step, content, sealed, key_id
           FROM copies, tenant_onboarding.entry WHERE tenant = (SELECT id FROM template) ORDER BY random();
         INSERT INTO tenant_onboarding.resource (account, kind, value, digest, tenant)
           SELECT copies.account, kind, value || ' ' || copies.id, sha256(convert_to(value || ' ' || copies.id, 'UTF8')),
             copies.id
           FROM copies, tenant_onboarding.resource WHERE tenant = (SELECT id FROM template);
         UPDATE tenant_onboarding.tenant SET state = 'done', fence = 1, entries = 12, ended_at = clock_timestamp()
           WHERE id IN (SELECT id FROM copies);"
    ))
    .await?;
    sql.batch_execute("VACUUM ANALYZE").await?;
    Ok(())
}

async fn sizes(sql: &Client) -> Outcome {
    // Statistics come a moment after the work.
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!(
        "\n| table | rows | MB | MB of indexes | updates | of them in place | dead rows |\n|---|---|---|---|---|---|---|"
    );
    let rows = sql
        .query(
            "SELECT c.relname::text, c.reltuples::float8, pg_table_size(c.oid) / 1e6::float8, pg_indexes_size(c.oid) / 1e6::float8,
               s.n_tup_upd, s.n_tup_hot_upd, s.n_dead_tup
             FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
             WHERE c.relnamespace = 'tenant_onboarding'::regnamespace AND c.reltuples > 0 ORDER BY 3 DESC",
            &[],
        )
        .await?;
    for row in rows {
        let (name, count, table, indexes) =
            (row.get::<_, &str>(0), row.get::<_, f64>(1), row.get::<_, f64>(2), row.get::<_, f64>(3));
        let (updates, in_place, dead) = (row.get::<_, i64>(4), row.get::<_, i64>(5), row.get::<_, i64>(6));
        println!("| {name} | {count:.0} | {table:.1} | {indexes:.1} | {updates} | {in_place} | {dead} |");
    }
    Ok(())
}

/// Does everything once while the server writes the plan of each statement into its log, and prints them.
async fn plans(sql: &Client, url: &str, keys: &SealingKeys) -> Outcome {
    let database: String = sql.query_one("SELECT current_database()::text", &[]).await?.get(0);
    let log = sql.query_one("SELECT pg_current_logfile()", &[]).await;
    let Ok(Some(log)) = log.map(|row| row.get::<_, Option<String>>(0)) else {
        println!("\nno plans: the server needs logging_collector=on, and the user must be a superuser");
        return Ok(());
    };
    let begin: i64 = log_size(sql, &log).await?;
    let settings = [
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_buffers", "on"),
    ];
    sql.batch_execute("LOAD 'auto_explain'").await?;
    for (name, value) in settings {
        sql.batch_execute(&format!("ALTER DATABASE {database} SET {name} = '{value}'")).await?;
    }
    let outcome = everything(url, keys).await;
    for (name, _) in settings {
        sql.batch_execute(&format!("ALTER DATABASE {database} RESET {name}")).await?;
    }
    outcome?;
    let length = log_size(sql, &log).await? - begin;
    let text: String = sql.query_one("SELECT pg_read_file($1, $2, $3)", &[&log, &begin, &length]).await?.get(0);
    print_plans(&text);
    Ok(())
}

async fn log_size(sql: &Client, log: &str) -> Outcome<i64> {
    Ok(sql.query_one("SELECT size FROM pg_stat_file($1)", &[&log]).await?.get(0))
}

async fn everything(url: &str, keys: &SealingKeys) -> Outcome {
    let (one, other) = (open(url, keys, 1).await?, open(url, keys, 1).await?);
    let held = JournalError::Held { resource: Resource::Account(1), by: "another".to_owned() };
    let claimed = one.claim(20).await?.tenants;
    for (number, (tenant, _)) in claimed.iter().enumerate() {
        let identity = tenant.identity();
        for entry in entries(tenant)?.iter().take(if number == 0 { 12 } else { 1 }) {
            one.record(&identity, entry).await?;
        }
        one.renew(&identity).await?;
        match number {
            0 => one.end(&identity, &Ok(())).await?,
            1 => one.end(&identity, &Err(held.clone().into())).await?,
            _ => {}
        }
    }
    // A tenant that the first claim has lost.
    let (tenant, _) = claimed.get(2).ok_or("no tenant is left")?;
    let identity = tenant.identity();
    let lost = "UPDATE tenant_onboarding.tenant SET lease_until = clock_timestamp() WHERE identity = $1";
    connect(url).await?.execute(lost, &[&identity]).await?;
    let _claim = other.begin(&identity).await?;
    let _ = one.record(&identity, &Entry::Doubt { operation: "create_client".to_owned() }).await;
    other.holder(&Resource::Name("company number 7 of the capacity test".to_owned())).await?;
    other.listing(Duration::from_secs(60)).await?;
    other.share_listing(&"x".repeat(1_000_000), Duration::ZERO).await?;
    other.status().await?;
    other.dead().await?;
    other.requeue(None).await?;
    other.entries(&identity).await?;
    let changed: Vec<Tenant> =
        (0..1000).map(|number| Tenant { country: "mx".to_owned(), ..tenant_at(number) }).collect();
    other.enqueue(&changed).await?;
    Ok(())
}

fn tenant_at(number: usize) -> Tenant {
    tenant(TENANTS - 1 - number)
}

/// Prints the slowest plan of each statement.
fn print_plans(log: &str) {
    let mut slowest: BTreeMap<String, (f64, String)> = BTreeMap::new();
    for record in log.split(" LOG:  duration: ").skip(1) {
        let Some((milliseconds, plan)) = record.split_once(" ms  plan:\n") else { continue };
        let plan: Vec<&str> =
            plan.lines().take_while(|line| line.starts_with('\t')).map(|line| line.trim_start_matches('\t')).collect();
        // The plan begins after the statement, with its costs.
        let Some(at) = plan.iter().position(|line| line.contains("(cost=")) else { continue };
        let statement = plan[..at].join("\n").replacen("Query Text: ", "", 1);
        if !statement.contains("tenant_onboarding") {
            continue;
        }
        let (milliseconds, plan) = (milliseconds.parse().unwrap_or(0.0), plan[at..].join("\n"));
        let known = slowest.entry(statement).or_default();
        if known.1.is_empty() || known.0 < milliseconds {
            *known = (milliseconds, plan);
        }
    }
    println!("\n| statement | ms | pages | scans of more than 1,000 rows |\n|---|---|---|---|");
    for (statement, (milliseconds, plan)) in &slowest {
        println!("| {} | {milliseconds:.1} | {} | {} |", title(statement), pages(plan), scans(plan).join(", "));
    }
    for (statement, (milliseconds, plan)) in &slowest {
        println!("\n{milliseconds} ms\n{statement}\n\n{plan}");
    }
}

/// Returns the beginning of a statement without its comments.
fn title(statement: &str) -> String {
    let code = statement.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join(" ");
    code.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(70).collect()
}

/// Returns the pages that the whole statement needed.
fn pages(plan: &str) -> String {
    let line = plan.lines().find_map(|line| line.trim().strip_prefix("Buffers: "));
    line.unwrap_or("none").trim_start_matches("shared ").to_owned()
}

/// Returns the parts of a plan that read many rows.
fn scans(plan: &str) -> Vec<String> {
    let many = |line: &&str| {
        let rows = line.split("(actual ").nth(1).and_then(|actual| actual.split("rows=").nth(1));
        rows.and_then(|rows| rows.split(' ').next()?.parse::<f64>().ok()).is_some_and(|rows| rows > 1000.0)
    };
    let scans = plan.lines().filter(|line| line.contains("Scan")).filter(many);
    scans.map(|line| line.trim().trim_start_matches("->").trim().split("  (").next().unwrap_or("").to_owned()).collect()
}
