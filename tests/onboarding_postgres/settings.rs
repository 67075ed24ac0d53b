//! Places of settings and secrets, and what is refused.

use conformance::postgres_server::PostgresServer;
use conformance::redis_server::RedisServer;

use super::onboarding_audit::{State, numbers};
use super::partner::{Partner, finish, program, rows};

#[tokio::test(flavor = "multi_thread")]
async fn plain_text_is_asked_for() {
    let Some(mut partner) = Partner::start().await else { return };
    let tenants = partner.tenants(&rows(0..1));
    let ended = finish(&mut partner.quick_worker(&[&tenants, "--unsealed"])).await;
    ended.has_code(1);
    ended.says("--unsealed, and ONBOARDING_SEALING_KEYS is set: choose one");
    partner.keys.clear();
    finish(&mut partner.quick_worker(&[&tenants, "--unsealed"])).await.has_code(0);
    partner.operate(&["export", &partner.text("plain.jsonl"), "--unsealed"]).await.has_code(0);
    numbers(&partner.sandbox, &State::read(&partner.path("plain.jsonl")), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_come_from_the_environment_and_are_not_shown() {
    const PASSWORD: &str = "p%40ss-hunter2";
    let Some(partner) = Partner::start().await else { return };
    // A role is the whole server's.
    let user = format!("app_{}", partner.database.name());
    let database = partner.database.name();
    let sql =
        format!("CREATE ROLE {user} LOGIN PASSWORD 'p@ss-hunter2'; GRANT CREATE ON DATABASE {database} TO {user}");
    partner.database.query(&sql).await;
    let server = PostgresServer::shared().expect("it runs");
    let without = server.url_of(&user, database);
    let with = server.url_of(&format!("{user}:{PASSWORD}"), database);

    let ended = finish(partner.command(&["status", "--journal", &with]).env_remove("ONBOARDING_JOURNAL")).await;
    ended.has_code(1);
    ended.says("--journal: every user of the machine can see a password in an argument");
    assert!(!ended.said.contains("hunter2"), "{}", ended.said);
    let requeue = async |url: &str, password: Option<&str>| {
        let mut command = partner.command(&["requeue", "--all", "--max-outage", "1"]);
        command.env("ONBOARDING_JOURNAL", url);
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        let ended = finish(&mut command).await;
        assert!(!ended.said.contains("hunter2"), "{}", ended.said);
        ended
    };
    requeue(&with, None).await.has_code(0);
    requeue(&with, Some("of another server")).await.has_code(0);
    requeue(&without, Some("p@ss-hunter2")).await.has_code(0);
    requeue(&without, Some("not-hunter2")).await.has_code(1);
    requeue(&without, None).await.has_code(1);
    let ended = finish(partner.command(&["status", "--journal", &without]).env("PGPASSWORD", "p@ss-hunter2")).await;
    ended.has_code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_count_the_limits_together_or_are_warned() {
    let Some(redis) = RedisServer::start_with(&["--requirepass", "hunter2"]) else { return };
    let Some(partner) = Partner::start().await else { return };
    let tenants = partner.tenants(&rows(0..2));
    let url = redis.url();
    let ended = finish(&mut partner.worker(&[&tenants, "--rate-limits", &url, "--processes", "2"])).await;
    ended.has_code(1);
    ended.says("--rate-limits: every user of the machine can see a password");
    let with_limits = |words: &[&str]| {
        let mut command = partner.worker(words);
        command.args(["--settle", "0"]).env("ONBOARDING_RATE_LIMITS", &url);
        command
    };
    let ended = finish(&mut with_limits(&[&tenants])).await;
    ended.has_code(1);
    ended.says("--rate-limits: give --processes NUMBER, too");
    assert_eq!((partner.sandbox.request_count(), redis.executions("evalsha")), (0, 0));
    let ended = finish(&mut with_limits(&[&tenants, "--processes", "2"])).await;
    ended.has_code(0);
    assert!(!ended.said.contains("warning") && !ended.said.contains("hunter2"), "{}", ended.said);
    let of_tenants = redis.executions("evalsha");
    finish(&mut with_limits(&["--processes", "2"])).await.has_code(0);
    let of_connection = redis.executions("evalsha") - of_tenants;
    assert!(of_tenants > of_connection + 10, "the limits were counted elsewhere");

    let mut alone = partner.worker(&[&tenants, "--settle", "0"]);
    let ended = finish(&mut alone).await;
    ended.has_code(0);
    ended.says("warning: each process keeps the vendors' whole limits by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_would_be_ignored_are_refused() {
    let Some(partner) = Partner::start().await else { return };
    let tenants = partner.tenants(&rows(0..1));
    let ended = finish(&mut partner.quick_worker(&[&tenants, "--state", "x.jsonl"])).await;
    ended.has_code(1);
    ended.says("--state, and --journal or ONBOARDING_JOURNAL is given: choose one");
    let ended = finish(&mut partner.command(&[&tenants])).await;
    ended.has_code(1);
    ended.says("--journal needs D360_API_KEY and ZAPSIGN_API_TOKEN");
    let ended = finish(partner.command(&[&tenants]).env("D360_API_KEY", "k").env("ZAPSIGN_API_TOKEN", "t")).await;
    ended.has_code(1);
    ended.says("--journal and --dialog360-url: set --messaging-url too");
    for words in
        [["--lease", "5"], ["--spool", "x"], ["--process", "x"], ["--max-outage", "5"], ["--sealing-keys", "x"]]
    {
        let mut command = program(&words);
        let ended = finish(&mut command).await;
        ended.has_code(1);
        ended.says(&format!("{} is for a shared journal: give --journal URL, too", words[0]));
    }
    for words in [&["status"][..], &["requeue", "--all"], &["dead"], &["reseal"], &["import", "x"], &["export", "x"]] {
        let ended = finish(&mut program(words)).await;
        ended.has_code(1);
        ended.says("no shared journal: give --journal URL, or set ONBOARDING_JOURNAL");
        let ended = finish(partner.command(words).env_remove("D360_PARTNER_ID")).await;
        ended.has_code(1);
        ended.says("no partner: set D360_PARTNER_ID");
    }
    assert_eq!(partner.sandbox.request_count(), 0);
}
