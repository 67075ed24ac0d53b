//! Command line and environment.

use std::path::PathBuf;

use api_sandbox::Sandbox;
use clap::{Parser, ValueEnum};
use uuid::Uuid;
use zapsign_api::{Client, Environment};

use crate::folder::Folder;

/// Sends PDF files to be signed through ZapSign, and keeps the signed ones in a folder.
///
/// Without ZAPSIGN_API_TOKEN it starts a sandbox and uses that. The token comes from the environment only, because
/// every user of a machine can see the arguments of a program.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// Port for the company's own programs, on the loopback interface; 0 for any free one.
    #[arg(long, default_value_t = 3000)]
    pub(crate) port: u16,
    /// Port for ZapSign's deliveries, on the loopback interface: the one to forward to.
    #[arg(long, default_value_t = 3001)]
    pub(crate) webhook_port: u16,
    /// Folder of contracts, deliveries and signed files; default `contracts`, and with a sandbox a new temporary one.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Address that leads to the port for deliveries, as ZapSign reaches it. `/zapsign` is appended to it.
    #[arg(long, env = "PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Environment that the token belongs to.
    #[arg(long, env = "ZAPSIGN_ENVIRONMENT", value_enum, default_value_t = TokenEnvironment::Sandbox)]
    environment: TokenEnvironment,
    /// Port of the sandbox on the loopback interface; 0 for any free one.
    #[arg(long, default_value_t = 4360)]
    sandbox_port: u16,
    /// Base URL in place of ZapSign's.
    #[arg(long, value_name = "URL")]
    zapsign_url: Option<String>,
}

/// Environment of ZapSign.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum TokenEnvironment {
    Production,
    Sandbox,
    Brazil,
}

/// ZapSign, or a sandbox in its place.
pub(crate) struct Vendor {
    pub(crate) client: Client,
    /// Name for the account, by which it is told from others. It does not tell the token.
    pub(crate) account: String,
    pub(crate) sandbox: Option<Sandbox>,
}

impl Arguments {
    /// Creates the client: of ZapSign if there is a token, otherwise of a sandbox, which it starts.
    pub(crate) async fn connect(&self) -> Result<Vendor, String> {
        let token = std::env::var("ZAPSIGN_API_TOKEN").ok().filter(|token| !token.is_empty());
        let (environment, token, sandbox) = match token {
            Some(token) => (self.environment(), token, None),
            None => {
                let port = self.sandbox_port;
                let sandbox = Sandbox::builder().port(port).start().await;
                let sandbox = sandbox.map_err(|error| {
                    format!("the sandbox, port {port}: {error}; choose another with --sandbox-port")
                })?;
                let token = sandbox.credentials().api_token.clone();
                (Environment::Url(sandbox.url().to_owned()), token, Some(sandbox))
            }
        };
        let account = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{environment:?} {token}").as_bytes()).to_string();
        let client = Client::builder().api_token(token).environment(environment).build();
        Ok(Vendor { client: client.map_err(|error| error.to_string())?, account, sandbox })
    }

    fn environment(&self) -> Environment {
        match (&self.zapsign_url, self.environment) {
            (Some(url), _) => Environment::Url(url.clone()),
            (None, TokenEnvironment::Production) => Environment::Production,
            (None, TokenEnvironment::Sandbox) => Environment::Sandbox,
            (None, TokenEnvironment::Brazil) => Environment::Brazil,
        }
    }

    /// Returns the URL of this service for ZapSign's deliveries. A server on this machine reaches it without another.
    pub(crate) fn public_url<'a>(&'a self, webhook_url: &'a str, vendor: &Vendor) -> Result<&'a str, String> {
        match &self.public_url {
            Some(url) => Ok(url.trim_end_matches('/')),
            None if vendor.sandbox.is_some() || self.zapsign_url.is_some() => Ok(webhook_url),
            None => {
                Err("no address for ZapSign's deliveries; set PUBLIC_URL to one that leads to --webhook-port, such as \
                         https://contracts.example"
                    .to_owned())
            }
        }
    }

    /// Opens the folder, and creates it if it is missing.
    pub(crate) fn open_folder(&self, vendor: &Vendor) -> Result<Folder, String> {
        let path = match &self.folder {
            Some(path) => path.clone(),
            None if vendor.sandbox.is_some() => {
                let folder = tempfile::Builder::new().prefix("contracts-").tempdir();
                folder.map_err(|error| format!("no place for a folder: {error}"))?.keep()
            }
            None => PathBuf::from("contracts"),
        };
        Folder::open(&path).map_err(|error| format!("folder {}: {error}", path.display()))
    }
}
