//! The README: what was typed, with what was printed, and the table of exit codes.
#![allow(missing_docs)]

mod program;

use std::fs;

use api_sandbox::Sandbox;
use partner_cli::ExitCode;

use self::program::Program;

const README: &str = include_str!("../README.md");

/// Address of the sandbox in the README.
const SANDBOX_URL: &str = "http://127.0.0.1:4360";

// The test changes the working directory, so it is the only one here that reads files by relative names.
#[tokio::test]
async fn the_first_session_prints_what_the_readme_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let pdf = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/sign-contract/lease.pdf");
    fs::copy(pdf, folder.path().join("lease.pdf")).expect("a PDF");
    std::env::set_current_dir(folder.path()).expect("the folder is there");
    let sandbox = Sandbox::builder().start().await.expect("a sandbox");
    let mut shell =
        Shell { url: sandbox.url().to_owned(), program: Program::default().on_a_terminal(), last: ExitCode::Done };
    let mut runs = 0;
    for typed in typed_commands() {
        let Some(printed) = shell.run(&typed.command).await else { continue };
        assert!(fits(&typed.output, &printed), "$ {}\n{printed}\n--- the README has\n{}", typed.command, typed.output);
        runs += 1;
    }
    assert!(runs >= 6, "the session has {runs} commands");
    assert!(fs::read("Lease-signed.pdf").expect("it was downloaded").starts_with(b"%PDF-"));
}

/// Command of a `console` block, with its output.
struct TypedCommand {
    command: String,
    output: String,
}

fn typed_commands() -> Vec<TypedCommand> {
    let blocks = README.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let commands = blocks.flat_map(|block| block.split("$ ").skip(1).map(str::to_owned).collect::<Vec<_>>());
    let commands = commands.map(|text| {
        let (command, output) = text.split_once('\n').expect("a line");
        TypedCommand { command: command.to_owned(), output: output.to_owned() }
    });
    commands.collect()
}

/// Shell that knows what the README types, on a terminal.
struct Shell {
    url: String,
    program: Program,
    last: ExitCode,
}

impl Shell {
    /// Runs a command, and returns what it prints on either stream; `None` for one that prints nothing of this program.
    async fn run(&mut self, command: &str) -> Option<String> {
        let command = command.replace(SANDBOX_URL, &self.url);
        if let Some((name, value)) = command.strip_prefix("export ").and_then(|pair| pair.split_once('=')) {
            self.program = self.program.clone().with(name, value);
            return None;
        }
        if command == "echo $?" {
            return Some(format!("{}\n", self.last as u8));
        }
        let arguments = command.strip_prefix("partner ")?;
        let words = words(arguments);
        let run = self.program.run(&words.iter().map(String::as_str).collect::<Vec<_>>()).await;
        self.last = run.code;
        let printed = run.stdout + &run.stderr;
        Some(printed.replace(&self.url, SANDBOX_URL))
    }
}

/// Splits a command line at its blanks, but not within single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            _ => words.last_mut().expect("a word").push(letter),
        }
    }
    words
}

/// Returns `true` if a text is what is shown, in which `...` stands for anything within a line, and for any lines alone on one.
fn fits(shown: &str, printed: &str) -> bool {
    let (shown, printed): (Vec<&str>, Vec<&str>) =
        (shown.trim_end().lines().collect(), printed.trim_end().lines().collect());
    lines_fit(&shown, &printed)
}

fn lines_fit(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|skipped| lines_fit(rest, &printed[skipped..])),
        Some((line, rest)) => {
            printed.split_first().is_some_and(|(first, printed)| line_fits(line, first) && lines_fit(rest, printed))
        }
    }
}

fn line_fits(shown: &str, printed: &str) -> bool {
    let Some((before, after)) = shown.split_once("...") else { return shown.trim_end() == printed.trim_end() };
    let Some(rest) = printed.strip_prefix(before) else { return false };
    let ends = rest.char_indices().map(|(end, _)| end).chain([rest.len()]);
    ends.into_iter().any(|end| line_fits(after, &rest[end..]))
}

#[test]
fn a_placeholder_stands_for_anything_but_not_for_what_is_shown() {
    for (shown, printed) in [
        ("a\n", "a"),
        ("a...c", "abc"),
        ("...", "a\nb"),
        ("a\n...\nd", "a\nb\nc\nd"),
        ("a...", "a  "),
        ("x ... z", "x y z"),
    ] {
        assert!(fits(shown, printed), "{shown:?} {printed:?}");
    }
    for (shown, printed) in
        [("a", "b"), ("a", "a\nb"), ("a\nb", "a"), ("a...c", "abd"), ("", "a"), ("a\n...\nd", "a\nb")]
    {
        assert!(!fits(shown, printed), "{shown:?} {printed:?}");
    }
}

#[test]
fn the_table_of_exit_codes_is_that_of_the_source() {
    let source = include_str!("../src/exit_code.rs");
    let mut comment = Vec::new();
    let mut rows = Vec::new();
    for line in source.lines().map(str::trim) {
        match (line.strip_prefix("/// "), line.strip_suffix(',').and_then(|variant| variant.split_once(" = "))) {
            (Some(text), _) => comment.push(text),
            (None, Some((_, code))) => rows.push(format!("| {code} | {} |", comment.join(" "))),
            (None, None) => {}
        }
        if !line.starts_with("///") {
            comment.clear();
        }
    }
    assert!(rows.len() >= 8, "{rows:?}");
    let table = README.split_once("### Exit codes").expect("the section").1;
    let shown: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).take(rows.len() + 1).collect();
    assert_eq!(shown, rows);
}

/// The sandbox needs no call for it: the request is made and checked, and not sent.
#[tokio::test]
async fn each_command_for_a_call_makes_a_request() {
    let section = README.split_once("### With a customer on the phone").expect("the section").1;
    let rows = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let commands = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).filter_map(|it| it.strip_prefix("partner "));
    let program = Program::of(&[("D360_PARTNER_ID", "acmePA")]);
    let mut runs = 0;
    for command in commands.filter(|command| *command != "doctor") {
        let words = words(command);
        let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--dry-run"]).collect();
        let run = program.run(&arguments).await;
        assert_eq!((run.code, run.stderr.as_str()), (ExitCode::Done, ""), "{command}");
        runs += 1;
    }
    assert!(runs >= 11, "the table has {runs} commands");
}
