//! Partner with a sandbox.

use api_sandbox::Sandbox;
use serde_json::{Value, json};

use super::Program;
use super::run::Run;

/// Sandbox with the environment variables of its account.
pub struct Partner {
    pub sandbox: Sandbox,
}

impl Partner {
    pub async fn start() -> Self {
        Self { sandbox: Sandbox::builder().start().await.expect("it starts") }
    }

    /// Returns the environment variables with which the program calls the sandbox.
    pub fn variables(&self) -> [(&str, &str); 3] {
        let credentials = self.sandbox.credentials();
        [
            ("PARTNER_URL", self.sandbox.url()),
            ("ZAPSIGN_API_TOKEN", &credentials.api_token),
            ("D360_API_KEY", &credentials.api_key),
        ]
    }

    /// Returns the surroundings in which the program calls the sandbox.
    pub fn program(&self) -> Program {
        Program::of(&self.variables())
    }

    /// Runs the program.
    pub async fn run(&self, arguments: &[&str]) -> Run {
        self.program().run(arguments).await
    }

    /// Creates a document of this PDF with signers of these names, and with other fields of the body.
    pub async fn document(&self, name: &str, pdf: &[u8], signers: &[&str], others: Value) -> Value {
        use base64::Engine as _;
        let signers: Vec<Value> = signers.iter().map(|name| json!({"name": name})).collect();
        let file = base64::engine::general_purpose::STANDARD.encode(pdf);
        let mut body = json!({"name": name, "base64_pdf": file, "signers": signers});
        for (name, value) in others.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        self.run(&["zapsign", "documents", "create", "--yes", "--body", &body.to_string()]).await.data()
    }

    /// Returns the ids of the operations that were called, the first one first.
    pub fn called(&self) -> Vec<String> {
        self.sandbox.requests().into_iter().filter_map(|request| request.operation).map(|id| id.to_string()).collect()
    }
}

/// Returns the token of a document or a signer.
pub fn token(value: &Value) -> &str {
    value["token"].as_str().expect("a token")
}

/// PDF with one page.
pub const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n";
