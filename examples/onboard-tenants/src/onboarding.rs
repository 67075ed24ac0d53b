//! The steps of one tenant. Each of them makes sure that something exists, once.

use std::collections::HashMap;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use dialog360_api::types::{ChannelFilter, ChannelId, ClientId, CreateClient, OnboardNumber};
use zapsign_api::Secret;
use zapsign_api::types::CreatePartnerAccount;

use crate::known::{self, Known};
use crate::settings::{Patience, Platforms};
use crate::state::{Progress, State, Step};
use crate::tenants::Tenant;
use crate::trouble::Trouble;

/// What is known of a thing that is to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It does not exist.
    Missing,
    /// A call that may have created it did not end well.
    InDoubt,
    /// The server took it, and it has still to turn up.
    Accepted,
}

/// What a call that creates something gives.
enum Created<T> {
    Known(T),
    /// It exists, and the answer does not say by what name.
    Accepted,
}

pub(crate) struct Onboarding {
    pub(crate) platforms: Platforms,
    pub(crate) known: Known,
    pub(crate) state: State,
    pub(crate) solution_id: String,
}

impl Onboarding {
    /// Takes a tenant through all the steps that are left.
    pub(crate) async fn onboard(&self, tenant: &Tenant, progress: &mut Progress) -> Result<(), String> {
        let client = self.client(tenant, progress).await.map_err(|fault| format!("client: {fault}"))?;
        let channel = self.channel(tenant, &client, progress).await.map_err(|fault| format!("number: {fault}"))?;
        self.key(tenant, &channel, progress).await.map_err(|fault| format!("messaging key: {fault}"))?;
        self.account(tenant, progress).await.map_err(|fault| format!("account: {fault}"))
    }

    async fn reached(&self, tenant: &Tenant, progress: &mut Progress, step: Step) -> Result<(), String> {
        progress.apply(&step);
        self.state.record(&tenant.email, step).await
    }

    /// 360dialog's answer has no id, and its 429 and 500 may come after the effect, so the client is looked for.
    async fn client(&self, tenant: &Tenant, progress: &mut Progress) -> Result<ClientId, String> {
        if let Some(client) = &progress.client {
            return Ok(client.clone());
        }
        let Platforms { dialog360, partner, patience, .. } = &self.platforms;
        let client = match self.known.clients.get(&tenant.email.to_lowercase()) {
            Some(client) => client.clone(),
            None => {
                let standing = if progress.client_accepted { Standing::Accepted } else { Standing::Missing };
                let body = CreateClient::builder().name(&tenant.name).email(&tenant.email).build();
                let find = async || {
                    let found = dialog360.find_client_by_email(partner, &tenant.email).await?;
                    Ok(found.into_iter().find_map(|client| client.id))
                };
                let create = async || {
                    // What may not be sent twice is not sent again by anyone but us.
                    let call = dialog360.create_client().partner_id(partner).body(&body).retry(once());
                    call.send().await?;
                    self.state.record(&tenant.email, Step::ClientAccepted).await?;
                    Ok(Created::Accepted)
                };
                ensure(*patience, standing, find, create).await?
            }
        };
        self.reached(tenant, progress, Step::Client { client_id: client.clone() }).await?;
        Ok(client)
    }

    async fn channel(&self, tenant: &Tenant, client: &ClientId, progress: &mut Progress) -> Result<ChannelId, String> {
        if let Some(channel) = &progress.channel {
            return Ok(channel.clone());
        }
        let Platforms { dialog360, partner, patience, .. } = &self.platforms;
        let channel = match self.known.channels.get(&tenant.phone_number_id) {
            Some(channel) => channel.clone(),
            None => {
                let standing = if progress.number_accepted { Standing::Accepted } else { Standing::Missing };
                let body = OnboardNumber::builder()
                    .solution_id(&self.solution_id)
                    .waba_external_id(&tenant.waba_external_id)
                    .channel_external_id(&tenant.phone_number_id)
                    .client_id(client.as_str())
                    .build();
                let filter = ChannelFilter::new().external_id(tenant.phone_number_id.as_str());
                let find = async || {
                    let page = dialog360.list_channels().partner_id(partner).filters(&filter).send().await?;
                    let mut channels = page.into_inner().partner_channels.unwrap_or_default().into_iter();
                    // A server that ignored the filter would have any channel found.
                    let found = channels.find(|channel| channel.external_id.as_ref() == Some(&tenant.phone_number_id));
                    Ok(found.and_then(|channel| channel.id))
                };
                let create = async || {
                    dialog360.onboard_number().partner_id(partner).body(&body).retry(once()).send().await?;
                    self.state.record(&tenant.email, Step::NumberAccepted).await?;
                    Ok(Created::Accepted)
                };
                ensure(*patience, standing, find, create).await?
            }
        };
        self.reached(tenant, progress, Step::Number { channel_id: channel.clone() }).await?;
        Ok(channel)
    }

    /// A new key revokes the last, so the one that was written down last is the one that works: a key whose answer was
    /// lost needs no looking for.
    async fn key(&self, tenant: &Tenant, channel: &ChannelId, progress: &mut Progress) -> Result<(), String> {
        if progress.has_key {
            return Ok(());
        }
        let Platforms { dialog360, partner, patience, .. } = &self.platforms;
        let create = async || {
            let call = dialog360.create_channel_api_key().partner_id(partner).channel_id(channel).retry(once());
            match call.send().await?.messaging_credentials() {
                Some(credentials) => Ok(Created::Known(credentials)),
                None => Err(Trouble::passing("the answer holds no key".to_owned())),
            }
        };
        let credentials = ensure(*patience, Standing::Missing, async || Ok(None), create).await?;
        let step = Step::Key { address: credentials.address, api_key: Secret::new(credentials.key.expose()) };
        self.reached(tenant, progress, step).await
    }

    /// The token stands in the answer and nowhere else. If that is lost, the table of plans tells that the account exists,
    /// and the owner's login opens it.
    async fn account(&self, tenant: &Tenant, progress: &mut Progress) -> Result<(), String> {
        if progress.account.is_some() {
            return Ok(());
        }
        let zapsign = &self.platforms.zapsign;
        let account = match self.known.accounts.get(&tenant.name) {
            Some(account) => (*account, None),
            None => {
                let body = CreatePartnerAccount::builder()
                    .company_name(&tenant.name)
                    .email(&tenant.email)
                    .country(tenant.country.as_str().into())
                    .lang(tenant.language.as_str().into())
                    .build();
                let find = async || {
                    let accounts: HashMap<String, i64> = known::accounts(&zapsign.client).await?;
                    Ok(accounts.get(&tenant.name).map(|account| (*account, None)))
                };
                let create =
                    async || match zapsign.client.create_partner_account().body(&body).retry(once()).send().await {
                        Ok(account) => Ok(Created::Known((account.id, Some(account.into_inner().api_token)))),
                        Err(error) => {
                            let body =
                                error.body().filter(|_| error.status().is_some_and(|status| status.is_success()));
                            if let Some(body) = body {
                                // The account may be open, and its token may be in here.
                                let body = Secret::new(String::from_utf8_lossy(body).into_owned());
                                let step = Step::Unread { operation: "create_partner_account".to_owned(), body };
                                self.state.record(&tenant.email, step).await?;
                            }
                            Err(error.into())
                        }
                    };
                ensure(self.platforms.patience, Standing::Missing, find, create).await?
            }
        };
        match account {
            (account_id, Some(api_token)) => {
                self.reached(tenant, progress, Step::Account { account_id, api_token }).await
            }
            (account_id, None) => {
                self.open_by_login(account_id).await?;
                self.reached(tenant, progress, Step::AccountByLogin { account_id }).await
            }
        }
    }

    /// Proves that the owner gets in.
    async fn open_by_login(&self, account: i64) -> Result<(), String> {
        let by_hand = format!(
            "account {account} is open and its token was lost on its way: take it from ZapSign's Settings > Integrations"
        );
        let client = self.platforms.zapsign.by_login(account);
        let client = client.ok_or_else(|| format!("{by_hand}, or set ZAPSIGN_OWNER and ZAPSIGN_OWNER_PASSWORD"))?;
        let find = async || Ok(None);
        let open = async || match client.list_users().send().await {
            Ok(_) => Ok(Created::Known(())),
            Err(error) => Err(Trouble::from(error)),
        };
        let opened = ensure(self.platforms.patience, Standing::Missing, find, open).await;
        opened.map_err(|fault| format!("{by_hand} (the owner's login: {fault})"))
    }
}

fn once() -> dialog360_api::RetryPolicy {
    dialog360_api::RetryPolicy::never()
}

/// Makes sure that something exists. What may have been created is looked for before it is created again.
async fn ensure<T>(
    patience: Patience,
    mut standing: Standing,
    find: impl AsyncFn() -> Result<Option<T>, Trouble>,
    create: impl AsyncFn() -> Result<Created<T>, Trouble>,
) -> Result<T, String> {
    let mut waits =
        ExponentialBuilder::default().with_min_delay(patience.pause).with_jitter().without_max_times().build();
    let mut last = String::new();
    for _ in 0..patience.attempts {
        let outcome = async {
            if standing != Standing::Missing {
                match find().await? {
                    Some(thing) => return Ok(Created::Known(thing)),
                    None if standing == Standing::Accepted => {
                        return Err(Trouble::passing("it was taken and has not turned up".to_owned()));
                    }
                    None => standing = Standing::Missing,
                }
            }
            create().await
        };
        match outcome.await {
            Ok(Created::Known(thing)) => return Ok(thing),
            Ok(Created::Accepted) => standing = Standing::Accepted,
            Err(trouble) if !trouble.passing => return Err(trouble.message),
            Err(trouble) => {
                if standing == Standing::Missing && trouble.doubt {
                    standing = Standing::InDoubt;
                }
                last = trouble.message;
                let wait = trouble.wait.or_else(|| waits.next());
                tokio::time::sleep(wait.unwrap_or(patience.pause)).await;
            }
        }
    }
    Err(format!("given up after {} attempts: {last}", patience.attempts))
}
