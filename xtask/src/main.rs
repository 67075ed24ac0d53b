//! Command-line arguments of `cargo xtask`, which generates the code of the crates from `specs/`.
#![allow(missing_docs, reason = "a binary has no users of its items")]

mod bench;
mod codegen;
mod commands;
mod diagnostic;
#[path = "../../tests/src/mutation.rs"]
#[allow(dead_code, reason = "mutation of texts is for the tests of other packages")]
mod mutation;
mod spec;
mod workspace;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum as _};

use codegen::generate;
use commands::regenerate::{Options, Outcome, regenerate};
use commands::{compare_page, diff, fetch, import, new_api, regenerate, release_check};
use workspace::api::Api;

/// Exit code of a check that finds stale files.
const STALE: u8 = 4;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Generates the code of the crates from specs/")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The workspace to work on, instead of the one that this tool was built in.
    #[arg(long, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Writes bundles, crates and conformance tables from the specs.
    Regenerate {
        /// Write nothing; exit with 4 and show the difference if anything is stale.
        #[arg(long)]
        check: bool,
        /// Only this API.
        #[arg(long)]
        api: Option<String>,
        /// Also write the document that the generator reads to this folder.
        #[arg(long, value_name = "DIR")]
        keep_lowered: Option<PathBuf>,
    },
    /// Downloads the vendors' pages to a cache folder, with what has changed; exits with 1 if one can't be had.
    Fetch(fetch::Options),
    /// Takes the OpenAPI text out of a vendor's pages into specs/API/published/.
    Import {
        /// API to import; by default the only one with published text.
        #[arg(long)]
        api: Option<String>,
        /// Import nothing; print the differences between the pages and the hand-written spec of this API, and exit with 1 if
        /// there are any.
        #[arg(long, value_name = "API")]
        against: Option<String>,
        /// Pages as Markdown, or OpenAPI documents as JSON.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Address of the page, for a file that does not say it.
        #[arg(long)]
        page: Option<String>,
        /// Day on which the page was read, YYYY-MM-DD; today by default.
        #[arg(long)]
        seen: Option<String>,
        /// Appends the names that are proposed for new operations to overlay.yaml.
        #[arg(long)]
        write_overlay: bool,
    },
    /// Writes a spec and a crate for another API to start from: specs/NAME and crates/NAME-api.
    NewApi {
        /// Name of the API in snake case.
        name: String,
    },
    /// Prints the changes for users since a revision, and the version that each crate needs; exits with 1 if one is lower.
    Diff {
        /// The revision to compare with.
        #[arg(long, default_value = "HEAD")]
        base: String,
        /// As a table for a pull request.
        #[arg(long, conflicts_with = "changelog")]
        markdown: bool,
        /// As entries for CHANGELOG.md.
        #[arg(long)]
        changelog: bool,
    },
    /// Runs the checks before a release.
    ReleaseCheck,
    /// Measures the costs of the crates, as ratios to hand-written code.
    Bench {
        /// Measurements to run; all by default.
        #[arg(value_enum)]
        measures: Vec<bench::Measure>,
        /// Clean checks of each consumer, for `build` and `tls`.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..))]
        rounds: u8,
        /// Clean release builds of each consumer, for `build`; with 0 there are none, and no sizes.
        #[arg(long, default_value_t = 5)]
        release_rounds: u8,
    },
    /// Generates code for any OpenAPI document in a scratch crate, and reports the result. Exits with 0 only if every
    /// operation is accepted and compiles.
    Try(commands::try_document::Options),
    /// Generates code for random OpenAPI documents in a scratch crate. Exits with 1 if a stage panics, a refusal has no
    /// location, or the code does not compile.
    Torture(commands::torture::Options),
    /// Runs the generator on the document on standard input, in a process that may abort.
    #[command(hide = true)]
    Generator,
    /// Checks the style of the specs, as `regenerate` does, and reports evidence that is over a year old or contradicts the
    /// rest.
    Lint,
}

/// Returns the workspace that cargo was called in, not the one this program was compiled in, since checkouts may share a
/// target folder.
fn workspace() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().map_or_else(PathBuf::new, ToOwned::to_owned)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root = arguments.root.unwrap_or_else(workspace);
    let outcome = match arguments.command {
        Command::Regenerate { check, api, keep_lowered } => {
            Api::select(&root, api.as_deref()).map_err(Vec::from).and_then(|apis| {
                let options = Options { check, apis, keep_lowered };
                regenerate(&root, &options, &mut |line| print_line(&line))
            })
        }
        Command::Fetch(options) => match fetch::fetch(&root, &options, &mut |line| print_line(&line)) {
            Ok(true) => Ok(Outcome::Current),
            Ok(false) => return ExitCode::FAILURE,
            Err(diagnostic) => Err(diagnostic.into()),
        },
        Command::Import { against: Some(api), files, .. } => {
            let compared = Api::find(&root, &api)
                .and_then(|api| compare_page::compare_pages(&root, &api, &files, &mut |line| print_line(&line)));
            match compared {
                Ok(0) => Ok(Outcome::Current),
                Ok(_) => return ExitCode::FAILURE,
                Err(diagnostic) => Err(diagnostic.into()),
            }
        }
        Command::Import { api, files, page, seen, write_overlay, .. } => {
            let seen = seen.unwrap_or_else(|| jiff::Timestamp::now().to_string().chars().take(10).collect());
            let options = import::Options { api, files, page, seen, write_overlay };
            import::import(&root, &options, &mut |line| print_line(&line)).map(|()| Outcome::Current).map_err(Vec::from)
        }
        Command::NewApi { name } => {
            let today = jiff::Timestamp::now().to_string().chars().take(10).collect::<String>();
            new_api::new_api(&root, &name, &today, &mut |line| print_line(&line))
                .map(|()| Outcome::Current)
                .map_err(Vec::from)
        }
        Command::Diff { base, markdown, changelog } => {
            let format = match (markdown, changelog) {
                (true, _) => diff::Format::Markdown,
                (_, true) => diff::Format::Changelog,
                _ => diff::Format::Text,
            };
            match diff::run(&root, &base, format, &mut |line| print_line(&line)) {
                Ok(true) => Ok(Outcome::Current),
                Ok(false) => return ExitCode::FAILURE,
                Err(diagnostic) => Err(diagnostic.into()),
            }
        }
        Command::ReleaseCheck => {
            release_check::check(&root, &mut |line| print_line(&line)).map(|()| Outcome::Current).map_err(Vec::from)
        }
        Command::Bench { measures, rounds, release_rounds } => {
            let measures = if measures.is_empty() { bench::Measure::value_variants().to_vec() } else { measures };
            let options = bench::Options { measures, rounds: rounds.into(), release_rounds: release_rounds.into() };
            bench::bench(&root, &options, &mut |line| print_line(&line)).map(|()| Outcome::Current)
        }
        Command::Try(options) => {
            let taken = commands::try_document::try_documents(&root, &options, &mut |line| print_line(&line));
            return if taken { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Command::Torture(options) => match commands::torture::torture(&root, &options, &mut |line| print_line(&line)) {
            Ok(true) => Ok(Outcome::Current),
            Ok(false) => return ExitCode::FAILURE,
            Err(diagnostic) => Err(diagnostic.into()),
        },
        Command::Generator => return generate::serve(),
        Command::Lint => {
            let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
            regenerate::lint(&root, today, &mut |line| print_line(&line)).map(|()| Outcome::Current)
        }
    };
    match outcome {
        Ok(Outcome::Current) => ExitCode::SUCCESS,
        Ok(Outcome::Stale) => {
            eprintln!("generated files are stale: run `cargo xtask regenerate` and review the difference");
            ExitCode::from(STALE)
        }
        Err(diagnostics) => {
            for diagnostic in diagnostics {
                eprintln!("error: {diagnostic}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Prints a line. Errors are ignored, since the reader may have closed the pipe.
fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
