//! `partner completions` and `partner man`.
#![allow(missing_docs)]

mod program;
mod tool;

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::process::Stdio;

use partner_cli::ExitCode;
use tempfile::TempDir;

use self::program::{Broken, Program};
use self::tool::tool;

async fn text(arguments: &[&str]) -> String {
    Program::default().run(arguments).await.done()
}

/// Asks bash, which has loaded the script, how a line goes on: the words of the last one.
fn complete(script: &str, words: &[&str]) -> BTreeSet<String> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("partner.bash");
    fs::write(&path, script).expect("written");
    // As the shell itself calls the function that the script has registered.
    let ask = r#"
        set -e
        script=$1; shift
        source "$script"
        function=$(complete -p partner | sed -n 's/.* -F \([^ ]*\) .*/\1/p')
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
        "$function" partner "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut bash = tool("bash").expect("it was there");
    bash.args(["--norc", "--noprofile", "-c", ask, "bash"]).arg(&path).args(words);
    let output = bash.output().expect("bash runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let words = String::from_utf8(output.stdout).expect("text");
    words.lines().filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[tokio::test]
async fn bash_completes_commands_flags_and_values() {
    if tool("bash").is_none() {
        return;
    }
    let script = text(&["completions", "bash"]).await;
    let of = |words: &[&str]| complete(&script, words);
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(of(&["partner", "zap"]), set(&["zapsign"]));
    assert_eq!(of(&["partner", "zapsign", "doc"]), set(&["documents"]));
    assert_eq!(of(&["partner", "zapsign", "documents", "create-a"]), set(&["create-async"]));
    assert_eq!(of(&["partner", "zapsign", "documents", "create", "--base64-p"]), set(&["--base64-pdf"]));
    assert_eq!(of(&["partner", "zapsign", "documents", "list", "--output", "js"]), set(&["json", "jsonl"]));
    assert_eq!(of(&["partner", "sandbox", "cl"]), set(&["clock"]));
    assert_eq!(of(&["partner", "wait", "--time"]), set(&["--time-limit"]));
    assert!(of(&["partner", "dialog360", "channels", ""]).contains("list"));
}

#[tokio::test]
async fn every_shell_has_a_script_with_every_group() {
    let mut scripts = BTreeSet::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = text(&["completions", shell]).await;
        for word in ["documents", "account-sharing", "create-async", "time-limit", "sandbox"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        scripts.insert(script);
    }
    assert_eq!(scripts.len(), 5);
    for arguments in [&["completions"][..], &["completions", "csh"]] {
        assert_eq!(Program::default().run(arguments).await.code, ExitCode::Usage);
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_failure() {
    for arguments in [&["completions", "bash"][..], &["man"]] {
        let (code, stderr) = Program::default().run_to(arguments, &mut Broken(ErrorKind::BrokenPipe)).await;
        assert_eq!((code, stderr.len()), (ExitCode::Done, 0), "{arguments:?}");
    }
}

/// Checks a page: with groff, if it is there, and its lines in any case.
fn check_page(name: &str, page: &str) {
    assert!(page.contains(".TH ") && page.contains(".SH NAME"), "{name}");
    let requests = ["TH", "SH", "SS", "TP", "PP", "RS", "RE", "IP", "ie", "el", "br", "B", "sp", "nf", "fi"];
    for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
        let request = line[1..].split([' ', '\\']).next().unwrap_or_default();
        assert!(line.starts_with('.') && requests.contains(&request), "{name}: {line:?} is a request");
    }
    // A word that is too long for its line is no fault.
    let Some(mut groff) = tool("groff") else { return };
    let mut groff = groff
        .args(["-man", "-Tutf8", "-Kutf8", "-ww", "-Wbreak", "-z"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("groff runs");
    groff.stdin.take().expect("an input").write_all(page.as_bytes()).expect("it reads");
    let output = groff.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn the_man_page_names_the_commands() {
    let page = text(&["man"]).await;
    check_page("partner", &page);
    for name in ["zapsign", "dialog360", "download", "wait", "sandbox"] {
        assert!(page.contains(&format!("partner\\-{name}(1)")), "{name}");
    }
}

#[tokio::test]
async fn each_command_has_a_man_page_in_a_folder() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("man").join("man1");
    let run = Program::default().run(&["man", "--out", path.to_str().expect("a text")]).await;
    assert_eq!((run.code, run.stdout.len(), run.stderr.len()), (ExitCode::Done, 0, 0), "{run:?}");
    let mut pages = 0;
    for entry in fs::read_dir(&path).expect("a folder") {
        let page_path = entry.expect("an entry").path();
        let name = page_path.file_name().expect("a name").to_string_lossy().into_owned();
        let page = fs::read_to_string(&page_path).expect("a page");
        check_page(&name, &page);
        // Each command that it names has a page, too.
        for other in page.lines().filter_map(|line| line.strip_suffix("(1)")) {
            assert!(path.join(format!("{}.1", other.replace('\\', ""))).exists(), "{name} names {other}");
        }
        pages += 1;
    }
    assert!(pages > 84, "{pages}");
    assert!(path.join("partner-zapsign-documents-create.1").exists());

    let file = folder.path().join("file");
    fs::write(&file, "").expect("written");
    let run = Program::default().run(&["man", "--out", file.to_str().expect("a text")]).await;
    assert!(run.message(ExitCode::Failed).contains("--out"));
}
