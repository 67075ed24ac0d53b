//! Consumer that `cargo xtask bench build` builds: one operation of each API, written by hand with reqwest.

use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct CreateClient<'a> {
    name: &'a str,
    email: &'a str,
}

#[derive(Deserialize)]
struct Acknowledgement {
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    success: bool,
    developer_message: String,
}

#[derive(Serialize)]
struct CreatePartnerAccount<'a> {
    company_name: &'a str,
    country: &'a str,
    lang: &'a str,
}

#[derive(Deserialize)]
struct PartnerAccount {
    id: i64,
    api_token: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;

    let key = std::env::var("D360_API_KEY")?;
    let url = "https://hub.360dialog.io/api/v2/partners/exmplePA/account_sharing/clients";
    let body = CreateClient { name: "Acme", email: "it@acme.example" };
    let done = http.post(url).header("x-api-key", key).json(&body).send().await?;
    let done: Acknowledgement = done.error_for_status()?.json().await?;
    println!("{} {}", done.meta.success, done.meta.developer_message);

    let token = std::env::var("ZAPSIGN_API_TOKEN")?;
    let url = "https://api.zapsign.com.br/api/v1/partner/company/";
    let body = CreatePartnerAccount { company_name: "Acme", country: "br", lang: "pt-br" };
    let account = http.post(url).bearer_auth(token).json(&body).send().await?;
    let account: PartnerAccount = account.error_for_status()?.json().await?;
    println!("{} {}", account.id, account.api_token.len());
    Ok(())
}
