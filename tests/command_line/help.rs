//! Pages of help, and the tree of all commands: what users and their scripts know of the program.

use std::collections::BTreeSet;
use std::fs;

use conformance::case::Kind;
use serde_json::Value;

use super::operation_command::OperationCommand;
use super::program::{apis, partner, words};
use super::typed_calls::ApiSpec;

/// Makes a snapshot beside those of the other tests.
fn assert_snapshot(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots/command_line", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[tokio::test]
async fn the_tree_of_all_commands() {
    let mut commands = Vec::new();
    // Deepest first, so that the order is that of the pages.
    let mut waiting = vec![Vec::new()];
    while let Some(words) = waiting.pop() {
        let page = HelpPage::read(&words).await;
        waiting.extend(page.commands.iter().rev().map(|command| [&words[..], std::slice::from_ref(command)].concat()));
        if page.commands.is_empty() {
            commands.push((words, page.arguments));
        }
    }
    let of_operations: Vec<_> = commands.iter().filter(|(words, _)| words.len() == 3 && is_api(&words[0])).collect();
    let operations: usize = apis().map(|api| api.operations.len()).sum();
    assert_eq!(of_operations.len(), operations, "each operation has a command");
    let mut common = of_operations.iter().map(|(_, arguments)| arguments.iter().cloned().collect::<BTreeSet<_>>());
    let first = common.next().expect("an operation");
    let common = common.fold(first, |common, arguments| &common & &arguments);
    let mut lines = vec![format!("(each operation) {}", common.iter().cloned().collect::<Vec<_>>().join(" "))];
    for (words, arguments) in &commands {
        let is_operation = is_api(&words[0]);
        let own = arguments.iter().filter(|argument| !is_operation || !common.contains(*argument));
        lines.push([words.join(" ")].into_iter().chain(own.cloned()).collect::<Vec<_>>().join(" "));
    }
    assert_snapshot("commands", &lines.join("\n"));
}

fn is_api(word: &str) -> bool {
    apis().any(|api| api.name == word)
}

#[tokio::test]
async fn pages_of_help() {
    for command in [
        "--help",
        "zapsign documents create -h",
        "zapsign signers add --help",
        "dialog360 channels create-api-key -h",
        "wait --help",
    ] {
        let run = partner(&words(command), &[]).await;
        assert!(run.code == partner_cli::ExitCode::Done && run.stderr.is_empty(), "{command}: {}", run.stderr);
        let page = run.text();
        let name = if command == "--help" { "help" } else { command.split(" -").next().expect("a command") };
        // The version changes with every release.
        assert_snapshot(&name.replace(' ', "_"), &page.replace(env!("CARGO_PKG_VERSION"), "<VERSION>"));
        let longest = page.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(longest <= 100, "{command}: a line has {longest} characters");
    }
}

/// Content of each file that an example names, and the same as base64.
const FILE: [&str; 2] = ["file", "ZmlsZQ=="];

#[tokio::test]
async fn the_example_of_each_operation_makes_the_request_of_the_spec() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file.pdf");
    fs::write(&file, FILE[0]).expect("written");
    let (mut faults, mut seen) = (Vec::new(), 0);
    for api in apis() {
        let spec = ApiSpec::read(api);
        for row in api.operations {
            let command = OperationCommand::read(&spec, row).await;
            let help = partner(&[&command.words[..], &["-h".to_owned()]].concat(), &[]).await.text();
            // One that is very long is left out.
            let Some((_, example)) = help.split_once("Example:\n") else { continue };
            assert!(example.trim().len() <= 1000, "{}: {example}", row.id);
            let mut arguments: Vec<String> = shell_words(example).split_off(1);
            arguments.iter_mut().for_each(|it| *it = it.replace("@FILE", &format!("@{}", file.display())));
            let run =
                partner(&[&arguments[..], &["--dry-run".to_owned()]].concat(), &[("D360_PARTNER_ID", "acmePA")]).await;
            let shown: Value = serde_json::from_slice(&run.stdout).unwrap_or_default();
            let is_body = |body: &&conformance::case::BodyCase| body.kind == Kind::Request && body.operation == row.id;
            let expected = api.bodies.iter().find(is_body).and_then(|body| body.examples.first());
            let expected = expected.map(|example| conformance::case::at(&spec.bundle, example.pointer));
            let json = command.definition["requestBody"]["content"].get("application/json");
            if !json.and(expected).is_none_or(|expected| fits(&shown["body"], expected)) || shown["url"].is_null() {
                faults.push(format!("{}: {example}\n{}{shown}", row.id, run.stderr));
            }
            seen += 1;
        }
    }
    assert!(faults.is_empty(), "{} faults of {seen}:\n{}", faults.len(), faults.join("\n"));
}

/// Returns `true` if a body is that of an example, but for what is a file or a secret.
fn fits(shown: &Value, example: &Value) -> bool {
    match (shown, example) {
        (Value::String(text), _) if text == "***" || FILE.contains(&text.as_str()) => true,
        (Value::Array(shown), Value::Array(example)) => {
            shown.len() == example.len() && shown.iter().zip(example).all(|(shown, example)| fits(shown, example))
        }
        (Value::Object(shown), Value::Object(example)) => {
            shown.len() == example.len()
                && shown.iter().all(|(name, value)| example.get(name).is_some_and(|example| fits(value, example)))
        }
        _ => shown == example,
    }
}

/// Returns the words of a command line, as a shell takes them apart.
fn shell_words(line: &str) -> Vec<String> {
    let (mut all, mut word, mut is_quoted) = (Vec::new(), None::<String>, false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' if !is_quoted => match letters.next() {
                Some('\n') | None => {}
                Some(next) => word.get_or_insert_default().push(next),
            },
            _ if is_quoted || !letter.is_whitespace() => word.get_or_insert_default().push(letter),
            _ => all.extend(word.take()),
        }
    }
    all.extend(word);
    all
}

/// Short help of a command.
struct HelpPage {
    commands: Vec<String>,
    /// Flags and positional arguments, but for those of help.
    arguments: Vec<String>,
}

impl HelpPage {
    async fn read(words: &[String]) -> Self {
        let help = partner(&[words, &["-h".to_owned()]].concat(), &[]).await.text();
        let (mut commands, mut arguments) = (Vec::new(), Vec::new());
        let mut heading = "";
        for line in help.lines() {
            let text = line.trim_start();
            let indent = line.len() - text.len();
            let first = text.split(' ').next().unwrap_or_default();
            if indent == 0 {
                heading = line;
            } else if heading.starts_with("Example") {
                // Its flags are among those above.
            } else if heading == "Commands:" && indent == 2 {
                commands.push(first.to_owned());
            } else if heading == "Arguments:" && indent == 2 {
                arguments.push(first.to_owned());
            } else if let Some(flag) = flag(text).filter(|flag| !["--help", "--version"].contains(&flag.as_str())) {
                arguments.push(flag);
            }
        }
        Self { commands, arguments }
    }
}

/// Returns the flag that a line of help begins with.
fn flag(line: &str) -> Option<String> {
    let long = line.split_once("--").filter(|(before, _)| before.is_empty() || before.ends_with(", "))?.1;
    let end = long.find(|letter: char| !letter.is_alphanumeric() && letter != '-').unwrap_or(long.len());
    (end > 0 && (line.starts_with("--") || line.starts_with('-'))).then(|| format!("--{}", &long[..end]))
}
