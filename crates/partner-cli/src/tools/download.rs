//! `partner download`: downloads files of a ZapSign document.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use zapsign_api::types::{DocumentDetail, DocumentToken};
use zapsign_api::{Client, Download, DownloadError};

use super::document_calls::until_interrupted;
use super::{file_name, report, sha256, zapsign_client};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::send;

const EXPLANATION: &str = "\
Download the signed or the original file of a ZapSign document, or its audit log.

A link to a file is good for an hour, and is asked for anew when it has expired; a broken connection goes on where it broke. The \
credential is not sent to the store of the files. Without --output-file, a file is named after its document, in the current \
folder: `Lease-signed.pdf`, `Lease.pdf`, `Lease-audit-log.pdf`. No file is there until it is whole.

Prints a list with `document`, `file`, `path`, `bytes` and `sha256` of each file.

There is a signed file from the first signature on: `partner wait` waits for the last one. Exit codes: 0 done; 1 a file can't be \
written, or a connection failed; 2 a file is there already; 3 refused; 6 the answer is no file; 7 there is no such file yet, or \
the store is busy; the others as for a call.";

const SIGNED: &str = "signed";
const ORIGINAL: &str = "original";
const AUDIT_LOG: &str = "audit-log";

/// Returns the command.
pub(super) fn command() -> Command {
    Command::new("download")
        .about("Download the signed or the original file of a ZapSign document, or its audit log")
        .long_about(EXPLANATION)
        .args(zapsign_client::arguments())
        .args(report::arguments())
        .args([
            Arg::new("file")
                .long("file")
                .value_name("FILE")
                .help("`signed` by default; can be repeated")
                .action(ArgAction::Append)
                .value_delimiter(',')
                .value_parser(PossibleValuesParser::new([SIGNED, ORIGINAL, AUDIT_LOG])),
            Arg::new("extra-documents")
                .long("extra-documents")
                .help("Also the files of the attachments of the document")
                .action(ArgAction::SetTrue),
            Arg::new("output-file")
                .long("output-file")
                .value_name("PATH|-")
                .help("File to write, or the folder to write files with the documents' names into; `-` for the standard output")
                .value_parser(value_parser!(PathBuf)),
            Arg::new("force").long("force").help("Replace files that are there").action(ArgAction::SetTrue),
            Arg::new("max-bytes")
                .long("max-bytes")
                .value_name("BYTES")
                .help("Largest file that is taken; 268435456 by default")
                .value_parser(value_parser!(u64)),
            Arg::new("allow-host")
                .long("allow-host")
                .value_name("HOST")
                .help("Host of files beside ZapSign's own store, `host` or `host:port`; can be repeated")
                .action(ArgAction::Append),
            Arg::new("timeout")
                .long("timeout")
                .value_name("SECONDS")
                .help("Time limit of each file; none by default, since a large one may take long")
                .value_parser(value_parser!(u64)),
        ])
}

/// File to download.
struct Wanted {
    token: DocumentToken,
    /// One of the values of `--file`.
    file: String,
    path: PathBuf,
}

/// Downloads the files.
pub(super) async fn run(matches: &ArgMatches, invocation: &mut Invocation<'_>) -> Result<(), Failure> {
    let token = zapsign_client::document_token(matches)?;
    let files = files(matches);
    let target = matches.get_one::<PathBuf>("output-file");
    let several = files.len() > 1 || matches.get_flag("extra-documents");
    let is_folder = target.is_none_or(|target| target.is_dir());
    if several && !is_folder {
        return Err(Failure::usage("--output-file: there are several files; give a folder that is there"));
    }
    let to_stdout = target.is_some_and(|target| target == Path::new("-"));
    if to_stdout && invocation.stdout_is_terminal {
        return Err(Failure::usage(
            "--output-file: a terminal can't show the file; give a path, or send it to a program",
        ));
    }
    let (client, hidden) = zapsign_client::create(matches, invocation)?;
    if to_stdout {
        let download = download(&client, &token, &files[0], matches);
        let remedy = "a part of the file may have been written";
        let log = zapsign_client::log(matches, invocation.stderr);
        return until_interrupted(print(download, &files[0], invocation.stdout), remedy, &hidden, log).await;
    }
    let wanted = match target {
        Some(path) if !is_folder => vec![Wanted { token, file: files[0].clone(), path: path.clone() }],
        _ => {
            let detail = async { client.get_document().doc_token(&token).send().await.map_err(send::failure_of_call) };
            let detail = until_interrupted(
                detail,
                "nothing was downloaded",
                &hidden,
                zapsign_client::log(matches, invocation.stderr),
            )
            .await?;
            wanted(&detail, &files, matches.get_flag("extra-documents"), target.map_or(Path::new(""), PathBuf::as_path))
        }
    };
    if !matches.get_flag("force") {
        for Wanted { path, .. } in &wanted {
            refuse_existing(path)?;
        }
    }
    let mut done = Vec::new();
    let mut result = Ok(());
    for wanted in &wanted {
        let log = zapsign_client::log(matches, invocation.stderr);
        let saved = save(&client, wanted, matches, invocation.is_interactive && log.is_none());
        match until_interrupted(saved, "the file was removed", &hidden, log).await {
            Ok(file) => done.push(file),
            Err(failure) => {
                let failure = failure.with("file", wanted.file.as_str()).with("document", wanted.token.as_str());
                result = Err(failure.without(&hidden));
                break;
            }
        }
    }
    // The files before the one that failed are there, so they are told.
    if !done.is_empty() {
        report::print(&done.into(), matches, invocation)?;
    }
    result
}

/// Returns the values of `--file`, each of them once.
fn files(matches: &ArgMatches) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for file in matches.get_many::<String>("file").into_iter().flatten() {
        if !files.contains(file) {
            files.push(file.clone());
        }
    }
    if files.is_empty() {
        files.push(SIGNED.to_owned());
    }
    files
}

/// Names the files of a document, and of its attachments, which have no audit log.
fn wanted(detail: &DocumentDetail, files: &[String], with_attachments: bool, folder: &Path) -> Vec<Wanted> {
    let name = detail.as_document().map(|document| &document.name);
    let name = name.or(detail.as_extra_document().map(|attachment| &attachment.name)).map_or("", String::as_str);
    let mut taken = HashSet::new();
    let mut wanted = Vec::new();
    let mut add = |token: &DocumentToken, name: &str, file: &String| {
        let suffix = if file == ORIGINAL { String::new() } else { format!("-{file}") };
        let path = folder.join(file_name::of_document(name, &suffix, &mut taken));
        wanted.push(Wanted { token: token.clone(), file: file.clone(), path });
    };
    for file in files {
        add(detail.token(), name, file);
    }
    let attachments = detail.as_document().and_then(|document| document.extra_docs.as_ref()).into_iter().flatten();
    for attachment in attachments.filter(|_| with_attachments) {
        for file in files.iter().filter(|file| *file != AUDIT_LOG) {
            add(&attachment.token, &attachment.name, file);
        }
    }
    wanted
}

fn refuse_existing(path: &Path) -> Result<(), Failure> {
    // Not the target of a link: that would be replaced, too.
    if path.symlink_metadata().is_ok() {
        return Err(Failure::usage(format!(
            "{path:?} is there already; give --force to replace it, or another --output-file"
        )));
    }
    Ok(())
}

fn download(client: &Client, token: &DocumentToken, file: &str, matches: &ArgMatches) -> Download {
    let mut download = match file {
        ORIGINAL => client.download_original_file(token),
        AUDIT_LOG => client.download_audit_log(token),
        _ => client.download_signed_file(token),
    };
    for host in matches.get_many::<String>("allow-host").into_iter().flatten() {
        download = download.allow_host(host);
    }
    if let Some(bytes) = matches.get_one::<u64>("max-bytes") {
        download = download.max_bytes(*bytes);
    }
    if let Some(seconds) = matches.get_one::<u64>("timeout") {
        download = download.time_limit(Duration::from_secs(*seconds));
    }
    download
}

/// Writes a file to the standard output.
async fn print(download: Download, file: &str, stdout: &mut dyn Write) -> Result<(), Failure> {
    let mut stream = download.stream().await.map_err(|error| failure(error, file))?;
    while let Some(bytes) = stream.try_next().await.map_err(|error| failure(error, file))? {
        stdout.write_all(&bytes)?;
    }
    Ok(stdout.flush()?)
}

/// Writes a file to its path, and describes it.
async fn save(client: &Client, wanted: &Wanted, matches: &ArgMatches, is_interactive: bool) -> Result<Value, Failure> {
    let Wanted { token, file, path } = wanted;
    let bar = progress_bar(is_interactive, path);
    let shown = bar.clone();
    let download = download(client, token, file, matches).on_progress(move |progress| {
        if let Some(total) = progress.total {
            shown.set_length(total);
        }
        shown.set_position(progress.bytes);
    });
    let downloaded = download.to_file(path).await;
    bar.finish_and_clear();
    let downloaded = downloaded.map_err(|error| failure(error, file))?;
    let sha256 = sha256::of_file(path)
        .map_err(|error| Failure::new(ExitCode::Failed, format!("{path:?} was written, and can't be read: {error}")))?;
    Ok(json!({
        "document": token.as_str(),
        "file": file,
        "path": path.to_string_lossy(),
        "bytes": downloaded.bytes,
        "sha256": sha256,
    }))
}

/// Returns a display of the progress, on a terminal only.
fn progress_bar(is_interactive: bool, path: &Path) -> ProgressBar {
    if !is_interactive {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length().with_message(path.to_string_lossy().into_owned());
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes} of {total_bytes}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Returns the failure of a download.
fn failure(error: DownloadError, file: &str) -> Failure {
    let (code, message) = match &error {
        DownloadError::Call(_) => (ExitCode::Failed, String::new()),
        DownloadError::NotThere => (
            ExitCode::TryLater,
            format!("the document has no {file} file yet; `partner wait` waits for the signatures"),
        ),
        DownloadError::HostNotAllowed { .. } => {
            let fault = error.to_string();
            let fault = fault.split("; if the host").next().unwrap_or_default();
            (ExitCode::Failed, format!("{fault}; if it is ZapSign's, allow it with --allow-host"))
        }
        DownloadError::TooLarge { max_bytes, .. } => {
            (ExitCode::Failed, format!("the file is larger than {max_bytes} bytes; raise --max-bytes"))
        }
        DownloadError::TimeLimit => (ExitCode::Failed, "the time limit has passed; raise --timeout".to_owned()),
        DownloadError::Status(_) if !error.is_retryable() => (ExitCode::Refused, error.to_string()),
        DownloadError::Status(_) | DownloadError::Changed => (ExitCode::TryLater, error.to_string()),
        DownloadError::UnexpectedResponse { .. } => (ExitCode::NotUnderstood, error.to_string()),
        _ => (ExitCode::Failed, error.to_string()),
    };
    match error {
        DownloadError::Call(error) => send::failure_of_call(error),
        error => {
            let failure = Failure::new(code, message);
            error.status().into_iter().fold(failure, |failure, status| failure.with("status", status.as_u16()))
        }
    }
}
