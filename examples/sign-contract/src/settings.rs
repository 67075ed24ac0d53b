//! Command line and environment.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use api_sandbox::Sandbox;
use clap::{Parser, ValueEnum};
use zapsign_api::{Client, Environment};

use crate::folder::Folder;

/// Sends PDF files to be signed through ZapSign, and keeps the signed ones in a folder.
///
/// Without ZAPSIGN_API_TOKEN it starts a sandbox and uses that. The token comes from the environment only, because
/// every user of a machine can see the arguments of a program.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// Port on the loopback interface; 0 for any free one.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Folder of contracts, deliveries and signed files; default `contracts`, and with a sandbox a new temporary one.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Address of this service as ZapSign reaches it. `/zapsign` is appended to it.
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

impl Arguments {
    /// Returns the address to listen on.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Creates the client: of ZapSign if there is a token, otherwise of a sandbox, which it starts.
    pub(crate) async fn connect(&self) -> Result<(Client, Option<Sandbox>), String> {
        let has_token = std::env::var("ZAPSIGN_API_TOKEN").is_ok_and(|token| !token.is_empty());
        let (builder, sandbox) = if has_token {
            let environment = match (&self.zapsign_url, self.environment) {
                (Some(url), _) => Environment::Url(url.clone()),
                (None, TokenEnvironment::Production) => Environment::Production,
                (None, TokenEnvironment::Sandbox) => Environment::Sandbox,
                (None, TokenEnvironment::Brazil) => Environment::Brazil,
            };
            (Client::builder().from_env().environment(environment), None)
        } else {
            let port = self.sandbox_port;
            let sandbox = Sandbox::builder().port(port).start().await;
            let sandbox = sandbox
                .map_err(|error| format!("the sandbox, port {port}: {error}; choose another with --sandbox-port"))?;
            let token = sandbox.credentials().api_token.as_str();
            (Client::builder().api_token(token).base_url(sandbox.url()), Some(sandbox))
        };
        let client = builder.build().map_err(|error| error.to_string())?;
        Ok((client, sandbox))
    }

    /// Returns the URL of this service for ZapSign's deliveries. A sandbox reaches it at its own.
    pub(crate) fn public_url<'a>(&'a self, own_url: &'a str, is_trial: bool) -> Result<&'a str, String> {
        match &self.public_url {
            Some(url) => Ok(url.trim_end_matches('/')),
            None if is_trial || self.zapsign_url.is_some() => Ok(own_url),
            None => Err("no address for ZapSign's deliveries; set PUBLIC_URL to the one of this service, such as \
                         https://contracts.example"
                .to_owned()),
        }
    }

    /// Opens the folder, and creates it if it is missing.
    pub(crate) fn open_folder(&self, is_trial: bool) -> Result<Folder, String> {
        let path = match &self.folder {
            Some(path) => path.clone(),
            None if is_trial => {
                let folder = tempfile::Builder::new().prefix("contracts-").tempdir();
                folder.map_err(|error| format!("no place for a folder: {error}"))?.keep()
            }
            None => PathBuf::from("contracts"),
        };
        Folder::open(&path).map_err(|error| format!("folder {}: {error}", path.display()))
    }
}
