//! Requests of every operation: those of the typed client, by flags alone, and by `--body`.

use std::collections::BTreeSet;
use std::path::Path;

use api_sandbox::Sandbox;
use conformance::case::{CallCase, Kind};
use partner_cli::ExitCode;

use super::arguments::Arguments;
use super::operation_command::OperationCommand;
use super::program::{apis, partner};
use super::sent_request::{SentBody, SentRequest};
use super::typed_calls::{ApiSpec, SECRET, TypedCalls};

/// Options that let a request be sent which asks for consent otherwise.
const CONSENT: [&str; 2] = ["--yes", "--reveal-secrets"];

#[tokio::test]
async fn every_request_of_the_bundles_arrives_as_the_typed_client_sends_it() {
    let sandbox = Sandbox::builder().limits(false).start().await.expect("a sandbox");
    let folder = tempfile::tempdir().expect("a folder");
    let mut faults = Vec::new();
    for api in apis() {
        let spec = ApiSpec::read(api);
        let calls = TypedCalls::start(&spec).await;
        let walk = Walk { calls: &calls, sandbox: &sandbox };
        let (mut operations, mut bodies) = (BTreeSet::new(), BTreeSet::new());
        for row in api.operations {
            let command = OperationCommand::read(&spec, row).await;
            for case in api.calls.iter().filter(|case| case.operation == row.id) {
                let folder = folder.path().join(api.name).join(case.operation).join(case.name);
                let found = walk.call(&command, case, &folder).await;
                faults.extend(found.into_iter().map(|fault| format!("{} {} {}: {fault}", api.name, row.id, case.name)));
                operations.insert(row.id);
                bodies.extend(case.body);
            }
        }
        assert_eq!(operations.len(), api.operations.len(), "{}: each operation was called", api.name);
        let requests = api.bodies.iter().filter(|body| body.kind == Kind::Request);
        let examples: BTreeSet<&str> = requests.flat_map(|body| body.examples.iter().map(|it| it.pointer)).collect();
        assert_eq!(bodies, examples, "{}: each example of a request was sent", api.name);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Comparison of the calls of an API.
struct Walk<'w> {
    calls: &'w TypedCalls<'w>,
    sandbox: &'w Sandbox,
}

impl Walk<'_> {
    /// Sends a call with the typed client, by flags and by `--body`, and returns what differs.
    async fn call(&self, command: &OperationCommand<'_>, case: &CallCase, folder: &Path) -> Vec<String> {
        let body = self.calls.body(case);
        let typed = self.calls.send(case).await;
        let parameters = |way: &str| Arguments::of_parameters(command, &typed, folder.join(way));
        let ways = match &typed.body {
            SentBody::Json(_) => {
                let fields = parameters("flags").with_fields(&SentBody::read(&typed.body, &body));
                vec![("flags", fields), ("--body", parameters("body").with_body(&body))]
            }
            other => vec![("flags", parameters("flags").with_fields(other))],
        };
        let mut faults = Vec::new();
        for (way, arguments) in ways {
            let mut arguments = arguments.into_list();
            arguments.extend(CONSENT.map(str::to_owned));
            let compared = match self.send_to_recorder(&arguments, &typed).await {
                Ok(()) => self.send_to_sandbox(command, &arguments, &typed).await,
                Err(fault) => Err(fault),
            };
            faults.extend(compared.err().map(|fault| format!("by {way}: {fault}\n    {}", arguments.join(" "))));
        }
        faults
    }

    /// Runs the program against the recorder, which must receive what the typed client sent.
    async fn send_to_recorder(&self, arguments: &[String], typed: &SentRequest) -> Result<(), String> {
        let url = self.calls.recorder.url();
        let variables = [("D360_API_KEY", SECRET), ("ZAPSIGN_API_TOKEN", SECRET), ("PARTNER_URL", url)];
        let run = partner(arguments, &variables).await;
        if run.code != ExitCode::Done {
            return Err(format!("exit {}: {}", run.code as u8, run.stderr.trim()));
        }
        let arrived = self.calls.received()?;
        if arrived.is_same(typed) {
            Ok(())
        } else {
            Err(format!("\n    {arrived:?} arrived, and the client sends\n    {typed:?}"))
        }
    }

    /// Runs the program against the sandbox, which must receive what the typed client sent, and take it.
    async fn send_to_sandbox(
        &self,
        command: &OperationCommand<'_>,
        arguments: &[String],
        typed: &SentRequest,
    ) -> Result<(), String> {
        self.sandbox.reset();
        let credentials = self.sandbox.credentials();
        let (mut arguments, mut expected) = (arguments.to_vec(), typed.clone());
        // The partner of the examples is not that of the sandbox.
        if let Some(flag) = arguments.iter().position(|argument| argument == "--partner-id") {
            expected.path = expected.path.replace(&arguments[flag + 1], &credentials.partner_id);
            arguments[flag + 1].clone_from(&credentials.partner_id);
        }
        let variables = [
            ("D360_API_KEY", credentials.api_key.as_str()),
            ("ZAPSIGN_API_TOKEN", credentials.api_token.as_str()),
            ("PARTNER_URL", self.sandbox.url()),
        ];
        let run = partner(&arguments, &variables).await;
        let requests = self.sandbox.requests();
        let [request] = &requests[..] else { return Err(format!("{} requests; {}", requests.len(), run.stderr)) };
        let mut arrived = SentRequest::read(&request.method, &request.uri, &request.headers, &request.body);
        // The credential is that of the sandbox, and was compared before.
        for header in ["authorization", "x-api-key"] {
            if let (Some(own), Some(header)) = (arrived.headers.get_mut(header), expected.headers.get(header)) {
                own.clone_from(header);
            }
        }
        if !arrived.is_same(&expected) {
            return Err(format!("\n    {arrived:?} arrived at the sandbox instead of\n    {expected:?}"));
        }
        // Most of what the examples name is not there, which the sandbox tells after it has checked the request. The logins
        // are those of nobody.
        match request.status {
            Some(200..300 | 404) => Ok(()),
            Some(400 | 401) if !command.row.authenticated => Ok(()),
            status => Err(format!("the sandbox answers with {status:?}: {}", run.stderr)),
        }
    }
}
