//! Consumer that `cargo xtask bench build` builds: one operation of each API, through the crates.

use dialog360_api::types::{CreateClient, PartnerId};
use zapsign_api::types::CreatePartnerAccount;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dialog360 = dialog360_api::Client::from_env()?;
    let partner = PartnerId::new("exmplePA")?;
    let body = CreateClient::builder().name("Acme").email("it@acme.example").build();
    let done = dialog360.create_client().partner_id(&partner).body(&body).send().await?;
    println!("{} {}", done.meta.success, done.meta.developer_message);

    let zapsign = zapsign_api::Client::from_env()?;
    let body =
        CreatePartnerAccount::builder().company_name("Acme").country("br".into()).lang("pt-br".into()).build();
    let account = zapsign.create_partner_account().body(&body).send().await?;
    println!("{} {}", account.id, account.api_token.expose().len());
    Ok(())
}
