use std::path::PathBuf;
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, Sandbox};
use clap::Parser;
use dialog360_api::types::PartnerId;
use dialog360_api::{RetryPolicy, Secret};

/// Gives every tenant of a CSV file a client, a number and a messaging key on 360dialog and an account on ZapSign.
///
/// Without D360_API_KEY and ZAPSIGN_API_TOKEN it starts a sandbox and works against that. Secrets come from the environment
/// only and go into the state file only.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// The tenants: name, email, waba_external_id, phone_number_id, country, language.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/tenants.csv"))]
    pub(crate) tenants: PathBuf,
    /// What was achieved, so that a run that was stopped goes on where it was.
    #[arg(long, default_value = "onboarding-state.jsonl", value_name = "FILE")]
    state: PathBuf,
    /// How many tenants at once.
    #[arg(long, default_value_t = 8)]
    pub(crate) concurrency: usize,
    /// How often a step is tried before the tenant is given up.
    #[arg(long, default_value_t = 8)]
    attempts: u32,
    /// The longest first wait between two attempts, in milliseconds. It doubles each time.
    #[arg(long, default_value_t = 500, value_name = "MILLISECONDS")]
    pause: u64,
    /// Meta's id of the solution through which the numbers were shared.
    #[arg(long, env = "D360_SOLUTION_ID", default_value = "100000000000001")]
    pub(crate) solution_id: String,
    /// The 360dialog partner.
    #[arg(long, env = "D360_PARTNER_ID", value_name = "ID")]
    partner_id: Option<String>,
    /// Another address than 360dialog's.
    #[arg(long, value_name = "URL")]
    dialog360_url: Option<String>,
    /// Another address than ZapSign's.
    #[arg(long, value_name = "URL")]
    zapsign_url: Option<String>,
    /// Don't wait for the published limits: the servers have none.
    #[arg(long)]
    no_pacing: bool,
    /// With a call to the sandbox in so many, from 0 to 1, something goes wrong.
    #[arg(long, default_value_t = 0.0, value_name = "PROBABILITY")]
    faults: f64,
    #[arg(long, env = "D360_API_KEY", hide = true, hide_env_values = true)]
    d360_api_key: Option<String>,
    #[arg(long, env = "ZAPSIGN_API_TOKEN", hide = true, hide_env_values = true)]
    zapsign_api_token: Option<String>,
    /// The owner of the ZapSign account, to get into an account whose token was lost on its way.
    #[arg(long, env = "ZAPSIGN_OWNER", value_name = "EMAIL")]
    zapsign_owner: Option<String>,
    #[arg(long, env = "ZAPSIGN_OWNER_PASSWORD", hide = true, hide_env_values = true)]
    zapsign_owner_password: Option<String>,
}

/// The two platforms, and how to deal with them.
pub(crate) struct Platforms {
    pub(crate) dialog360: dialog360_api::Client,
    pub(crate) partner: PartnerId,
    pub(crate) zapsign: ZapsignAccess,
    pub(crate) patience: Patience,
    pub(crate) state: PathBuf,
    /// What the state file is about.
    pub(crate) servers: String,
    /// Lives as long as the run, where there are no credentials.
    pub(crate) own: Option<(Sandbox, tempfile::TempDir)>,
}

/// How to get into ZapSign.
pub(crate) struct ZapsignAccess {
    /// The partner's own account.
    pub(crate) client: zapsign_api::Client,
    pub(crate) owner: Option<(String, Secret)>,
    server: ZapsignServer,
}

struct ZapsignServer {
    url: Option<String>,
    pacing: bool,
    retry: RetryPolicy,
}

/// How often a step is tried, and how long is waited in between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) attempts: u32,
    pub(crate) pause: Duration,
}

impl Arguments {
    /// Sets up the clients, for the vendors if there are credentials and for a sandbox if there are none.
    pub(crate) async fn platforms(&self) -> Result<Platforms, String> {
        let pause = Duration::from_millis(self.pause);
        let patience = Patience { attempts: self.attempts.max(1), pause };
        // Reading has no effect, so the clients may repeat it.
        let retry = RetryPolicy::default().attempts(patience.attempts).base(pause);
        match (&self.d360_api_key, &self.zapsign_api_token) {
            (Some(key), Some(token)) => {
                let owner = self.zapsign_owner.clone().zip(self.zapsign_owner_password.clone().map(Secret::new));
                let missing = "no partner: set D360_PARTNER_ID to the id that ends in PA";
                let partner = self.partner_id.clone().ok_or(missing)?;
                let (dialog360_url, zapsign_url) = (self.dialog360_url.clone(), self.zapsign_url.clone());
                let given =
                    Given { key: key.clone(), partner, token: token.clone(), owner, dialog360_url, zapsign_url };
                self.connect(given, patience, retry, None)
            }
            (None, None) => {
                let rule = FaultRule::by_chance(self.faults, Fault::every_kind());
                let sandbox = Sandbox::builder().fault(rule).start().await;
                let sandbox = sandbox.map_err(|error| format!("the sandbox could not be started: {error}"))?;
                let folder = tempfile::tempdir().map_err(|error| format!("no place for the state file: {error}"))?;
                let credentials = sandbox.credentials();
                let given = Given {
                    key: credentials.api_key.clone(),
                    partner: credentials.partner_id.clone(),
                    token: credentials.api_token.clone(),
                    owner: Some((credentials.owner.clone(), Secret::new(credentials.owner_password.clone()))),
                    dialog360_url: Some(sandbox.url().to_owned()),
                    zapsign_url: Some(sandbox.url().to_owned()),
                };
                self.connect(given, patience, retry, Some((sandbox, folder)))
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
        given: Given,
        patience: Patience,
        retry: RetryPolicy,
        own: Option<(Sandbox, tempfile::TempDir)>,
    ) -> Result<Platforms, String> {
        let Given { key, partner, token, owner, dialog360_url, zapsign_url } = given;
        let pacing = !self.no_pacing;
        let mut builder = dialog360_api::Client::builder().api_key(key).retry(retry.clone()).pacing(pacing);
        if let Some(url) = &dialog360_url {
            builder = builder.base_url(url);
        }
        let dialog360 = builder.build().map_err(|error| format!("360dialog: {error}"))?;
        let zapsign = ZapsignServer { url: zapsign_url, pacing, retry };
        let client = zapsign
            .client(zapsign_api::Client::builder().api_token(token))
            .map_err(|error| format!("zapsign: {error}"))?;
        let address = |url: &Option<String>| url.clone().unwrap_or_else(|| "production".to_owned());
        let servers =
            format!("{partner} at 360dialog ({}) and ZapSign ({})", address(&dialog360_url), address(&zapsign.url));
        Ok(Platforms {
            dialog360,
            partner: PartnerId::new(partner).map_err(|fault| format!("the partner's id: {fault}"))?,
            zapsign: ZapsignAccess { client, owner, server: zapsign },
            patience,
            state: own.as_ref().map_or_else(|| self.state.clone(), |(_, folder)| folder.path().join("state.jsonl")),
            servers,
            own,
        })
    }
}

struct Given {
    key: String,
    partner: String,
    token: String,
    owner: Option<(String, Secret)>,
    dialog360_url: Option<String>,
    zapsign_url: Option<String>,
}

impl ZapsignAccess {
    /// A client for an account that the owner owns, without its token. Nothing if the owner is not known.
    pub(crate) fn by_login(&self, account: i64) -> Option<zapsign_api::Client> {
        let (owner, password) = self.owner.clone()?;
        let organization = zapsign_api::types::OrganizationId::new(account.to_string()).ok()?;
        self.server.client(zapsign_api::Client::builder().login(organization, owner, password)).ok()
    }
}

impl ZapsignServer {
    fn client(&self, mut builder: zapsign_api::ClientBuilder) -> Result<zapsign_api::Client, zapsign_api::BuildError> {
        if let Some(url) = &self.url {
            builder = builder.base_url(url);
        }
        builder.retry(self.retry.clone()).pacing(self.pacing).build()
    }
}
