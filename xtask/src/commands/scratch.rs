//! Scratch crates: generated code outside of the workspace, to test that it compiles.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::stages::GeneratedCode;
use crate::codegen::layout::{Layout, lay_out};
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{join, object, text};
use crate::spec::names::{Scope, snake};
use crate::workspace::files::write_atomically;

/// Returns the folder of a scratch crate: in cargo's target folder, so that dependencies are compiled once.
pub fn folder(root: &Path, name: &str) -> PathBuf {
    target(root).join("scratch").join(name)
}

fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// Recreates a package, with `features` as lines of its manifest.
pub fn package(root: &Path, folder: &Path, features: &str) -> Result<()> {
    let fail = |error: std::io::Error| Diagnostic::new(error.to_string()).in_file(folder);
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(fail)?;
    }
    manifest(root, folder, features)?;
    // The versions are those that the workspace is tested with.
    if let Ok(lock) = fs::read_to_string(root.join("Cargo.lock")) {
        write(folder, "Cargo.lock", &lock)?;
    }
    Ok(())
}

/// Writes the manifest of a package, with `features` as lines of it.
pub fn manifest(root: &Path, folder: &Path, features: &str) -> Result<()> {
    let fail = |error: std::io::Error| Diagnostic::new(error.to_string()).in_file(folder);
    let runtime = root.join("crates/api-runtime").canonicalize().map_err(fail)?;
    let manifest = format!(
        "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
         [features]\n{features}\nschemars = [\"dep:schemars\", \"api-runtime/schemars\"]\n\n[dependencies]\n\
         api-runtime = {{ path = {:?}, default-features = false }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
         serde_json = \"1\"\nschemars = {{ version = \"1\", default-features = false, features = [\"derive\", \"std\"], optional = true }}\n",
        runtime.display().to_string()
    );
    write(folder, "Cargo.toml", &manifest)
}

/// Writes one file of a package.
pub fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    write_atomically(&path, text).map_err(|error| Diagnostic::new(error.to_string()).in_file(&path))
}

/// Runs `cargo check` on a package. Returns the compiler's errors; none if it compiles.
pub fn check(root: &Path, folder: &Path, arguments: &[&str]) -> Result<Vec<String>> {
    let output = Command::new("cargo")
        .args(["check", "--quiet", "--message-format", "short"])
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target(root).join("scratch/target"))
        .env_remove("RUSTFLAGS")
        .output()
        .map_err(|error| Diagnostic::new(format!("cargo can't be run: {error}; install a Rust toolchain")))?;
    if output.status.success() {
        return Ok(Vec::new());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<String> = text.lines().filter(|line| line.contains("error")).map(ToOwned::to_owned).collect();
    Ok(if errors.is_empty() { vec![text.into_owned()] } else { errors })
}

/// Returns the files of a document's code by their paths in the package, without the root of the crate.
pub fn files(code: &GeneratedCode, header: String) -> Result<Vec<(String, String)>> {
    let layout = Layout {
        generated: "src/generated".into(),
        bundle: "openapi.json".into(),
        operations: None,
        cases: None,
        header,
        event_key: None,
        event_id: None,
    };
    let output = lay_out(&layout, &code.document, &code.ir, &code.refined);
    let client = client(&code.document.value, &code.ir.servers, "crate")
        .map_err(|diagnostic| code.document.with_origin(diagnostic))?;
    let mut files: Vec<(String, String)> =
        output.files().map(|(path, text)| (path.display().to_string(), text.clone())).collect();
    files.push(("src/client.rs".to_owned(), client));
    files.push(("src/error.rs".to_owned(), ERROR.to_owned()));
    Ok(files)
}

/// Generates the client from `securitySchemes` and `servers`. `krate` is the path of the crate's root.
fn client(document: &Value, servers: &[String], krate: &str) -> Result<String> {
    let mut setters = String::new();
    let mut names = Scope::fields();
    for (name, scheme) in object(&document["components"], "securitySchemes") {
        let at = join("/components/securitySchemes", name);
        let setter = names.snake(&snake(name));
        let credential = credential(scheme, &at)?;
        let _ = write!(
            setters,
            "\n    /// Credential of the security scheme `{}`.\n    pub fn {setter}(mut self, {}) -> Self {{\n        \
             self.credential = Some({});\n        self\n    }}\n",
            name.replace('`', "'"),
            credential.0,
            credential.1
        );
    }
    let (argument, address) = match servers.first().filter(|server| server.starts_with("http")) {
        Some(_) => (String::new(), format!("{krate}::operations::SERVERS[0]")),
        None => ("base_url: impl Into<String>".to_owned(), "base_url".to_owned()),
    };
    Ok(format!(
        "//! Client of the API.\n\nuse ::api_runtime::{{BuildError, Credential, InvalidCredential, Request, Secret, Transport, TransportBuilder}};\n\n\
         /// Client of the API.\n#[derive(Clone, Debug)]\npub struct Client {{\n    pub(crate) transport: Transport,\n}}\n\n\
         impl Client {{\n    /// Starts a client.\n    pub fn builder({argument}) -> ClientBuilder {{\n        \
         ClientBuilder {{ transport: TransportBuilder::new({address}, \"scratch\"), credential: None }}\n    }}\n\n    \
         /// A request for an endpoint that has no method here.\n    \
         pub fn request(&self, method: ::api_runtime::Method, path: &str) -> Request<'_, {krate}::ApiError> {{\n        \
         Request::new(&self.transport, method, path)\n    }}\n}}\n\n\
         /// Settings of a [`Client`].\n#[must_use]\npub struct ClientBuilder {{\n    transport: TransportBuilder,\n    \
         credential: Option<Result<Credential, InvalidCredential>>,\n}}\n\n\
         impl ClientBuilder {{{setters}\n    /// Another address than that of the document.\n    \
         pub fn base_url(mut self, base_url: impl Into<String>) -> Self {{\n        \
         self.transport = self.transport.base_url(base_url);\n        self\n    }}\n\n    /// The client.\n    ///\n    \
         /// # Errors\n    ///\n    /// If a setting can't be used.\n    \
         pub fn build(self) -> Result<Client, BuildError> {{\n        let mut transport = self.transport;\n        \
         if let Some(credential) = self.credential {{\n            transport = transport.credential(credential?);\n        }}\n        \
         Ok(Client {{ transport: transport.build()? }})\n    }}\n}}\n"
    ))
}

/// Returns the parameters of the setter of a security scheme, and the credential expression.
fn credential(scheme: &Value, at: &str) -> Result<(&'static str, String)> {
    const ONE: &str = "secret: impl Into<Secret>";
    let kind = (text(scheme, "type"), text(scheme, "in"), text(scheme, "scheme").map(str::to_ascii_lowercase));
    match (kind.0, kind.1, kind.2.as_deref()) {
        (Some("apiKey"), Some("header"), _) => {
            let header = text(scheme, "name").unwrap_or_default().to_ascii_lowercase();
            if header.is_empty() || !header.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
                return Err(Diagnostic::at(join(at, "name"), "this is no name of a header; correct it in the overlay"));
            }
            Ok((ONE, format!("Credential::named_header({header:?}, &secret.into())")))
        }
        (Some("http"), _, Some("bearer")) | (Some("oauth2" | "openIdConnect"), ..) => {
            Ok((ONE, "Credential::bearer(&secret.into())".to_owned()))
        }
        (Some("http"), _, Some("basic")) => {
            Ok(("user: &str, password: impl Into<Secret>", "Credential::basic(user, &password.into())".to_owned()))
        }
        (Some("apiKey"), Some(place), _) => Err(Diagnostic::at(
            join(at, "in"),
            format!(
                "a key in the {place} would stand in logs, and no client here sends one; describe another scheme in the \
                 overlay, or remove this one there and give the key as a parameter"
            ),
        )),
        _ => Err(Diagnostic::at(at, "no client here knows this security scheme; describe another one in the overlay")),
    }
}

/// Source of the error type of an API without known error bodies.
const ERROR: &str = "//! Error of the API.\n\nuse ::api_runtime::{ErrorBody, ErrorPayload};\n\n\
/// Error response of the API.\n#[derive(Clone)]\npub struct ApiError {\n    payload: ErrorPayload,\n}\n\n\
impl ErrorBody for ApiError {\n    fn decode(body: &[u8]) -> Self {\n        Self { payload: ErrorPayload::read(body) }\n    }\n}\n\n\
impl ::std::fmt::Display for ApiError {\n    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {\n        \
f.write_str(self.payload.sentence().unwrap_or(\"no reason given\"))\n    }\n}\n\n\
impl ::std::fmt::Debug for ApiError {\n    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {\n        \
f.write_str(\"ApiError(..)\")\n    }\n}\n";

/// Source of the crate root, or of a module in its place.
pub const ROOT: &str = "mod client;\nmod error;\n#[rustfmt::skip]\nmod generated;\n\n\
pub use client::{Client, ClientBuilder};\npub use error::ApiError;\n\
pub use generated::{builders, calls, operations, schemas, types};\n\n\
/// Error of a call.\npub type Error = ::api_runtime::Error<ApiError>;\n";
