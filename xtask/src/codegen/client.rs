//! Generation of the client, from `servers` and `securitySchemes`.

use std::fmt::Write as _;

use serde_json::Value;

use super::ir::Ir;
use super::path_defaults::{self, PathDefault};
use super::refine::docs;
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{join, object, text};
use crate::spec::names::{Scope, snake};

/// Setter of a credential.
struct Credential {
    setter: String,
    description: String,
    /// Parameters of the setter.
    arguments: &'static str,
    /// Expression of the runtime's `Credential`.
    value: String,
    /// Environment variable that holds the secret.
    variable: Option<String>,
}

/// Named base URL of an API.
struct Environment {
    name: String,
    description: String,
}

/// Generates the client of one API.
pub fn client(document: &Value, ir: &Ir) -> Result<String> {
    let mut settings = Scope::credentials();
    let credentials = credentials(document, &mut settings)?;
    let defaults = path_defaults::read(ir, &mut settings)?;
    let environments = environments(document)?;
    let has_address = ir.servers.first().is_some_and(|server| server.starts_with("http"));
    let variables: Vec<String> =
        credentials.iter().filter_map(|c| c.variable.as_ref()).map(|name| format!("`{name}`")).collect();
    let title = text(&document["info"], "title").unwrap_or("API");
    let first = environments.first().map(|environment| format!("[`Environment::{}`]", environment.name));
    let mut file = format!(
        "//! Client of the API.\n\n#[allow(unused_imports)]\nuse ::std::{{env, fmt}};\n\n\
         #[allow(unused_imports)]\nuse ::api_runtime::{{\n    BuildError, Credential, InvalidCredential, Method, Operation, Pipeline, PipelineBuilder, \
         RawRequest, Secret,\n}};\n\nuse crate::ApiError;\n{servers}\n\
         const USER_AGENT: &str = concat!(env!(\"CARGO_PKG_NAME\"), \"/\", env!(\"CARGO_PKG_VERSION\"));\n",
        servers = if has_address { "use crate::operations::SERVERS;\n" } else { "" },
    );
    if !environments.is_empty() {
        file.push_str(&environment(&environments));
    }
    let (argument, address) =
        if has_address { ("", "SERVERS[0]") } else { ("base_url: impl Into<String>", "base_url") };
    let from_env = if has_address && !variables.is_empty() {
        let of = first.as_ref().map_or_else(String::new, |first| format!(" for {first}"));
        let what = format!("Creates a client{of} with the credential of the environment variable {}.", or(&variables));
        format!(
            "\n{}    ///\n    /// # Errors\n    ///\n    /// [`BuildError`] if no variable is set, or one holds what a header can't carry.\n    \
             pub fn from_env() -> Result<Self, BuildError> {{\n        Self::builder().from_env().build()\n    }}\n",
            docs::comment("    ", &what)
        )
    } else {
        String::new()
    };
    let start = first.map_or_else(|| "Starts a client.".to_owned(), |first| format!("Starts a client for {first}."));
    let _ = write!(
        file,
        "\n{about}#[derive(Clone, Debug)]\npub struct Client {{\n    pub(crate) pipeline: Pipeline,\n}}\n\n\
         impl Client {{\n{start}    pub fn builder({argument}) -> ClientBuilder {{\n        \
         let pipeline = PipelineBuilder::new({address}, USER_AGENT).api(env!(\"CARGO_PKG_NAME\")).telemetry(::api_runtime::__telemetry!());\n        ClientBuilder {{ pipeline, credential: None }}\n    }}\n{from_env}\n    \
         /// Starts a request of an endpoint that has no method here, with the same credentials, retries and errors.\n    \
         /// `path` begins with a slash; its segments are checked as ids are, and percent-encoded here. An id in it may add no\n    \
         /// slash: see [`RawRequest::new`].\n    \
         pub fn request(&self, method: Method, path: &str) -> RawRequest<'_, ApiError> {{\n        \
         RawRequest::new(&self.pipeline, method, path)\n    }}\n\n    \
         /// Starts a request of an operation that the program chooses while it runs, of [`operations`](crate::operations). It is\n    \
         /// repeated and limited as the operation's own method is.\n    \
         pub fn operation(&self, operation: &'static Operation) -> RawRequest<'_, ApiError> {{\n        \
         RawRequest::of_operation(&self.pipeline, operation)\n    }}\n{others}}}\n",
        others = other_clients(&credentials, &defaults, ir),
        about = docs::comment(
            "",
            &format!(
                "Client of the {}. Clones are cheap and share their connections.\n\nIt has a method for each operation; \
                 see [`calls`](crate::calls) for what they take.",
                title.trim_start_matches("The ")
            )
        ),
        start = docs::comment("    ", &start),
    );
    let required = document["security"].as_array().is_some_and(|list| {
        !list.is_empty()
            && list.iter().all(|requirement| requirement.as_object().is_some_and(|names| !names.is_empty()))
    });
    let login = (!ir.token_rejected.is_empty()).then_some("login");
    file.push_str(&builder(&credentials, &defaults, login, required, !environments.is_empty()));
    Ok(file)
}

/// Returns the first setter that takes one secret.
pub fn secret_setter(document: &Value) -> Option<String> {
    let credentials = credentials(document, &mut Scope::credentials()).ok()?;
    credentials.into_iter().find(|credential| credential.arguments == SECRET).map(|credential| credential.setter)
}

fn environment(environments: &[Environment]) -> String {
    let (mut variants, mut urls, mut shown) = (String::new(), String::new(), String::new());
    for (index, Environment { name, description }) in environments.iter().enumerate() {
        let default = if index == 0 { "    #[default]\n" } else { "" };
        let _ = writeln!(variants, "{}{default}    {name},", docs::comment("    ", description));
        let _ = writeln!(urls, "            Self::{name} => SERVERS[{index}],");
        let _ = writeln!(shown, "            Self::{name} => f.write_str({name:?}),");
    }
    format!(
        "\n/// Address of the API.\n#[derive(Clone, PartialEq, Eq, Default)]\n#[non_exhaustive]\npub enum Environment {{\n{variants}    \
         /// Another address, for example a sandbox on this machine.\n    Url(String),\n}}\n\n\
         impl Environment {{\n    fn base_url(&self) -> &str {{\n        match self {{\n{urls}            Self::Url(url) => url,\n        }}\n    }}\n}}\n\n\
         /// Of another address, no more than its scheme, host and port is shown: a user, a password or a path may be a secret.\n\
         impl fmt::Debug for Environment {{\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\n        \
         match self {{\n{shown}            Self::Url(url) => {{\n                \
         let origin = ::reqwest::Url::parse(url).ok().map(|url| url.origin().ascii_serialization());\n                \
         f.debug_tuple(\"Url\").field(&origin).finish()\n            }}\n        }}\n    }}\n}}\n"
    )
}

/// Generates the methods that make a client of another one.
fn other_clients(credentials: &[Credential], defaults: &[PathDefault], ir: &Ir) -> String {
    let mut names = Scope::clients(ir.operations.iter().map(|operation| operation.id.as_str()));
    let mut methods = String::new();
    for Credential { setter, description, arguments, value, .. } in credentials {
        let text = format!(
            "Returns a client of another account. It has the settings of this one, and shares its connections, drift monitor \
             and rate limiter, which counts for each credential. It is cheap enough to be made for each request.\n\n\
             {description}\n\n# Errors\n\n[`BuildError::Credential`] if the credential can't be sent."
        );
        let _ = write!(
            methods,
            "\n{}    pub fn {}(&self, {arguments}) -> Result<Self, BuildError> {{\n        \
             Ok(Self {{ pipeline: self.pipeline.with_credential({value}?) }})\n    }}\n",
            docs::comment("    ", &text),
            names.snake(&format!("with_{setter}")),
        );
    }
    for default in defaults {
        methods.push_str(&default.method(&names.snake(&format!("with_{}", default.setter))));
    }
    methods
}

fn builder(
    credentials: &[Credential],
    defaults: &[PathDefault],
    login: Option<&str>,
    required: bool,
    environments: bool,
) -> String {
    let mut setters = String::new();
    for Credential { setter, description, arguments, value, .. } in credentials {
        let _ = write!(
            setters,
            "{}    pub fn {setter}(mut self, {arguments}) -> Self {{\n        self.credential = Some({value});\n        self\n    }}\n\n",
            docs::comment("    ", description)
        );
    }
    let with_variable = credentials.iter().filter_map(|c| c.variable.as_ref().map(|variable| (variable, &c.setter)));
    let variables: Vec<String> = with_variable.clone().map(|(variable, _)| format!("`{variable}`")).collect();
    if !variables.is_empty() {
        let tries: String = with_variable
            .map(|(variable, setter)| {
                format!("        if let Ok(secret) = env::var({variable:?}) {{\n            return self.{setter}(secret);\n        }}\n")
            })
            .collect();
        let what = format!("Takes the credential of the environment variable {}, if it is set.", or(&variables));
        let _ = write!(
            setters,
            "{}    pub fn from_env(self) -> Self {{\n{tries}        self\n    }}\n\n",
            docs::comment("    ", &what)
        );
    }
    setters.extend(defaults.iter().map(PathDefault::setter));
    if environments {
        setters.push_str(
            "    /// Address of the API. A credential may be valid in one environment only.\n    \
             pub fn environment(mut self, environment: Environment) -> Self {\n        \
             self.pipeline = self.pipeline.base_url(environment.base_url());\n        self\n    }\n\n",
        );
    }
    let setting = if required {
        "let credential = self.credential.ok_or(BuildError::MissingCredential { remedy: REMEDY })??;\n        \
         Ok(Client { pipeline: self.pipeline.credential(credential).build()? })"
    } else {
        "let mut pipeline = self.pipeline;\n        if let Some(credential) = self.credential {\n            \
         pipeline = pipeline.credential(credential?);\n        }\n        Ok(Client { pipeline: pipeline.build()? })"
    };
    let (remedy, missing) = if required {
        let remedy = remedy(credentials, login);
        (
            format!("\n/// Remedy for a client without a credential.\nconst REMEDY: &str = {remedy:?};\n"),
            "there is no credential or an",
        )
    } else {
        (String::new(), "a credential is an")
    };
    format!(
        "{remedy}\n/// Settings of a [`Client`].\n#[must_use]\npub struct ClientBuilder {{\n    pub(crate) pipeline: PipelineBuilder,\n    \
         pub(crate) credential: Option<Result<Credential, InvalidCredential>>,\n}}\n\n\
         impl ClientBuilder {{\n{setters}    ::api_runtime::__client_builder_methods!(crate::schemas::SCHEMAS);\n\n    \
         /// Creates the client.\n    ///\n    /// # Errors\n    ///\n    \
         /// [`BuildError`] if {missing} empty one, a setting can't be used, or TLS can't be set up.\n    \
         pub fn build(self) -> Result<Client, BuildError> {{\n        {setting}\n    }}\n}}\n\n\
         impl fmt::Debug for ClientBuilder {{\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\n        \
         f.debug_struct(\"ClientBuilder\").field(\"pipeline\", &self.pipeline).finish_non_exhaustive()\n    }}\n}}\n"
    )
}

/// Returns a sentence that lists the setters of credentials. `login` is a hand-written setter of the crate.
fn remedy(credentials: &[Credential], login: Option<&str>) -> String {
    let setters = credentials.iter().map(|credential| credential.setter.as_str()).chain(login);
    let setters: Vec<String> = setters
        .map(|setter| {
            let article = if setter.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            format!("{article} `{setter}`")
        })
        .collect();
    let variables: Vec<String> = credentials.iter().filter_map(|credential| credential.variable.clone()).collect();
    let set = if variables.is_empty() { String::new() } else { format!(", or set {}", or(&variables)) };
    format!("give the builder {}{set}", or(&setters))
}

/// Joins alternatives: `a, b or c`.
fn or(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// Reads the environments, which are the named servers.
fn environments(document: &Value) -> Result<Vec<Environment>> {
    let servers = document["servers"].as_array().map(Vec::as_slice).unwrap_or_default();
    if servers.iter().all(|server| server.get("x-rust-name").is_none()) {
        return Ok(Vec::new());
    }
    let mut names = Scope::variants();
    names.reserve("Url");
    let read = servers.iter().enumerate().map(|(index, server)| {
        let at = format!("/servers/{index}");
        let Some(name) = text(server, "x-rust-name") else {
            return Err(Diagnostic::at(at, "another server has an `x-rust-name`, so give this one a name, too"));
        };
        if !names.take(name) {
            return Err(Diagnostic::at(join(&at, "x-rust-name"), format!("`{name}` is taken; choose another name")));
        }
        let described = text(server, "description").or_else(|| text(server, "url"));
        Ok(Environment { name: name.to_owned(), description: described.unwrap_or_default().to_owned() })
    });
    read.collect()
}

/// Reads the credentials, one per security scheme.
fn credentials(document: &Value, names: &mut Scope) -> Result<Vec<Credential>> {
    let read = object(&document["components"], "securitySchemes").map(|(name, scheme)| {
        let at = join("/components/securitySchemes", name);
        let (arguments, value) = arguments(scheme, &at)?;
        let setter = match text(scheme, "x-rust-name") {
            Some(setter) if names.take(setter) => setter.to_owned(),
            Some(setter) => {
                let message = format!("`{setter}` is a setter of every client; choose another name");
                return Err(Diagnostic::at(join(&at, "x-rust-name"), message));
            }
            None => names.snake(&snake(name)),
        };
        let variable = text(scheme, "x-env").map(ToOwned::to_owned);
        if variable.is_some() && arguments != SECRET {
            return Err(Diagnostic::at(
                join(&at, "x-env"),
                "one variable can't hold a user and a password; remove `x-env`",
            ));
        }
        let described = text(scheme, "description").filter(|text| !text.trim().is_empty());
        let description = described.map_or_else(
            || format!("Credential of the security scheme `{}`.", name.replace('`', "'")),
            ToOwned::to_owned,
        );
        Ok(Credential { setter, description, arguments, value, variable })
    });
    read.collect()
}

const SECRET: &str = "secret: impl Into<Secret>";

/// Returns the parameters of the setter of a security scheme, and the credential expression.
fn arguments(scheme: &Value, at: &str) -> Result<(&'static str, String)> {
    let kind = (text(scheme, "type"), text(scheme, "in"), text(scheme, "scheme").map(str::to_ascii_lowercase));
    match (kind.0, kind.1, kind.2.as_deref()) {
        (Some("apiKey"), Some("header"), _) => {
            let header = text(scheme, "name").unwrap_or_default().to_ascii_lowercase();
            if header.is_empty() || !header.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
                return Err(Diagnostic::at(join(at, "name"), "this is no name of a header; correct it in the overlay"));
            }
            Ok((SECRET, format!("Credential::named_header({header:?}, &secret.into())")))
        }
        (Some("http"), _, Some("bearer")) | (Some("oauth2" | "openIdConnect"), ..) => {
            Ok((SECRET, "Credential::bearer(&secret.into())".to_owned()))
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

#[cfg(test)]
mod tests;
