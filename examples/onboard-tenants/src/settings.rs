use std::path::PathBuf;
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, Sandbox};
use clap::Parser;
use dialog360_api::types::PartnerId;
use dialog360_api::{RetryPolicy, Secret};
use tenant_onboarding::{FileJournal, Onboarding, Tenant};

/// Gives every tenant of a CSV file a client, a number and a messaging key on 360dialog and an account on ZapSign.
///
/// Without D360_API_KEY and ZAPSIGN_API_TOKEN it starts a sandbox and uses that. Secrets come from the environment
/// (D360_API_KEY, ZAPSIGN_API_TOKEN, ZAPSIGN_OWNER_PASSWORD) and are written to the state file only.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// CSV file of the tenants: name, email, waba_external_id, phone_number_id, country, language,
    /// messaging_webhook_url (which may be empty).
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/tenants.csv"))]
    pub(crate) tenants: PathBuf,
    /// Journal of what was begun and created, from which a stopped run continues.
    #[arg(long, default_value = "onboarding-state.jsonl", value_name = "FILE")]
    state: PathBuf,
    /// Number of tenants onboarded at a time.
    #[arg(long, default_value_t = 8)]
    pub(crate) concurrency: usize,
    /// Maximum number of attempts of a step before the tenant fails.
    #[arg(long, default_value_t = 8)]
    attempts: u32,
    /// Delay after the first failed attempt, before jitter. It doubles with each attempt.
    #[arg(long, default_value_t = 500, value_name = "MILLISECONDS")]
    pause: u64,
    /// Time in which a failed call may still take effect: the interval between the two lookups of what it may have
    /// created. Default 60, and 0 with the sandbox that it starts.
    #[arg(long, value_name = "SECONDS")]
    settle: Option<u64>,
    /// Maximum delay that a server may request. A longer one ends the tenant.
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    max_wait: u64,
    /// Create keys for channels that have one already. That one is revoked, so its users can no longer send.
    #[arg(long)]
    rotate_keys: bool,
    /// Id of a client, channel or account that is a tenant's, although nothing else shows it. Can be given more than
    /// once.
    #[arg(long, value_name = "ID")]
    adopt: Vec<String>,
    /// Meta's id of the solution through which the numbers are shared.
    #[arg(long, env = "D360_SOLUTION_ID", default_value = "100000000000001")]
    solution_id: String,
    /// Id of the 360dialog partner.
    #[arg(long, env = "D360_PARTNER_ID", value_name = "ID")]
    partner_id: Option<String>,
    /// Base URL in place of 360dialog's.
    #[arg(long, value_name = "URL")]
    dialog360_url: Option<String>,
    /// Base URL in place of that of 360dialog's messaging API, for the webhooks.
    #[arg(long, value_name = "URL")]
    messaging_url: Option<String>,
    /// Base URL in place of ZapSign's.
    #[arg(long, value_name = "URL")]
    zapsign_url: Option<String>,
    /// Turn the client-side rate limiter off, for servers without the published limits.
    #[arg(long)]
    no_pacing: bool,
    /// Probability of a fault in each call to the sandbox, from 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "PROBABILITY")]
    faults: f64,
    /// E-mail address of the owner of the ZapSign accounts, whose login shows an account's users and gives access to
    /// one whose token was lost.
    #[arg(long, env = "ZAPSIGN_OWNER", value_name = "EMAIL")]
    zapsign_owner: Option<String>,
}

/// Sandbox that lives as long as the run, and the folder of its journal.
pub(crate) type OwnSandbox = (Sandbox, tempfile::TempDir);

struct Credentials {
    key: String,
    partner: String,
    token: String,
    owner: Option<(String, Secret)>,
}

impl Arguments {
    /// Creates the onboarding: with the vendors if there are credentials, otherwise with a sandbox.
    ///
    /// # Errors
    ///
    /// A message for the operator if a setting is missing, an address is invalid, or the journal can't be opened.
    pub(crate) async fn onboarding(
        &self,
        tenants: &[Tenant],
    ) -> Result<(Onboarding<FileJournal>, Option<OwnSandbox>), String> {
        // A secret in an argument can be seen by every user of the machine.
        let secret = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (secret("D360_API_KEY"), secret("ZAPSIGN_API_TOKEN")) {
            (Some(key), Some(token)) => {
                let owner = self.zapsign_owner.clone().zip(secret("ZAPSIGN_OWNER_PASSWORD").map(Secret::new));
                let missing = "no partner: set D360_PARTNER_ID to the id that ends in PA";
                let partner = self.partner_id.clone().ok_or(missing)?;
                let urls = [&self.dialog360_url, &self.zapsign_url].map(Clone::clone);
                // A key of another server must not be sent to the vendor's.
                let needs_address = urls[0].is_some() && self.messaging_url.is_none();
                if needs_address && tenants.iter().any(|tenant| !tenant.messaging_webhook_url.is_empty()) {
                    return Err("--dialog360-url and webhooks: set --messaging-url too".to_owned());
                }
                let credentials = Credentials { key, partner, token, owner };
                Ok((self.connect(credentials, urls, &self.state)?, None))
            }
            (None, None) => {
                let rule = FaultRule::with_probability(self.faults, Fault::every_kind());
                let sandbox = Sandbox::builder().fault(rule).start().await;
                let sandbox = sandbox.map_err(|error| format!("the sandbox could not be started: {error}"))?;
                let folder = tempfile::tempdir().map_err(|error| format!("no place for the state file: {error}"))?;
                let own = sandbox.credentials();
                let credentials = Credentials {
                    key: own.api_key.clone(),
                    partner: own.partner_id.clone(),
                    token: own.api_token.clone(),
                    owner: Some((own.owner.clone(), Secret::new(own.owner_password.clone()))),
                };
                let url = Some(sandbox.url().to_owned());
                let state = folder.path().join("state.jsonl");
                let onboarding = self.connect(credentials, [url.clone(), url], &state)?;
                let settle = Duration::from_secs(self.settle.unwrap_or(0));
                Ok((onboarding.settle(settle), Some((sandbox, folder))))
            }
            (None, Some(_)) => {
                Err("ZAPSIGN_API_TOKEN is set and D360_API_KEY is not: set both, or neither for a sandbox".to_owned())
            }
            (Some(_), None) => {
                Err("D360_API_KEY is set and ZAPSIGN_API_TOKEN is not: set both, or neither for a sandbox".to_owned())
            }
        }
    }

    fn connect(
        &self,
        credentials: Credentials,
        [dialog360_url, zapsign_url]: [Option<String>; 2],
        state: &std::path::Path,
    ) -> Result<Onboarding<FileJournal>, String> {
        let Credentials { key, partner, token, owner } = credentials;
        let (pause, max_wait) = (Duration::from_millis(self.pause), Duration::from_secs(self.max_wait));
        // Calls that only read have no effect, so the clients may repeat them.
        let retry = RetryPolicy::default().max_attempts(self.attempts.max(1)).initial_backoff(pause);
        let pacing = !self.no_pacing;
        let mut builder = dialog360_api::Client::builder().api_key(key).retry(retry.clone());
        builder = builder.time_limit(max_wait).rate_limiting(pacing);
        if let Some(url) = &dialog360_url {
            builder = builder.base_url(url);
        }
        let dialog360 = builder.build().map_err(|error| format!("360dialog: {error}"))?;
        let address = |url: &Option<String>| url.clone().unwrap_or_else(|| "production".to_owned());
        let servers =
            format!("{partner} at 360dialog ({}) and ZapSign ({})", address(&dialog360_url), address(&zapsign_url));
        let zapsign = move |builder: zapsign_api::ClientBuilder| {
            let builder = builder.retry(retry.clone()).time_limit(max_wait).rate_limiting(pacing);
            zapsign_url.iter().fold(builder, |builder, url| builder.base_url(url)).build()
        };
        let client =
            zapsign(zapsign_api::Client::builder().api_token(token)).map_err(|error| format!("zapsign: {error}"))?;
        let partner = PartnerId::new(partner).map_err(|fault| format!("the partner's id: {fault}"))?;
        let journal = FileJournal::open(state, &servers).map_err(|error| error.to_string())?;
        let mut onboarding = Onboarding::new(dialog360, partner, client, &self.solution_id, journal)
            .max_attempts(self.attempts)
            .initial_backoff(pause)
            .settle(Duration::from_secs(self.settle.unwrap_or(60)))
            .max_wait(max_wait)
            .rotate_keys(self.rotate_keys)
            .adopt(&self.adopt);
        if let Some((owner, password)) = owner {
            onboarding = onboarding.account_login(move |organization| {
                zapsign(zapsign_api::Client::builder().login(organization, &owner, password.clone()))
            });
        }
        if let Some(url) = &self.messaging_url {
            onboarding = onboarding.messaging_url(url);
        }
        Ok(onboarding)
    }
}
