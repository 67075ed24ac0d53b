//! Arguments of the command line.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// Gives every tenant of a CSV file a client, a number and a messaging key on 360dialog and an account on ZapSign.
///
/// Without D360_API_KEY and ZAPSIGN_API_TOKEN it starts a sandbox and uses that. Secrets come from the environment
/// (D360_API_KEY, ZAPSIGN_API_TOKEN, ZAPSIGN_OWNER_PASSWORD; ONBOARDING_JOURNAL, PGPASSWORD, ONBOARDING_SEALING_KEYS,
/// ONBOARDING_RATE_LIMITS) and are written to the journal only.
///
/// Exit status: 0 if every tenant has everything, 1 after an error or if tenants are left, 2 if the arguments are wrong, 3 if
/// a shared journal has nothing left but tenants that need an operator.
#[derive(Parser)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArguments,
    #[command(flatten)]
    pub(crate) fleet: FleetArguments,
    #[command(flatten, next_help_heading = "Shared journal")]
    pub(crate) journal: JournalArguments,
    #[command(flatten, next_help_heading = "Servers")]
    pub(crate) servers: ServerArguments,
}

/// Operation on a shared journal.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Shows the numbers of the tenants of all processes.
    Status {
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Lists the tenants that need an operator, with both sides of a conflict and the ids of what they have.
    Dead {
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Makes tenants that needed an operator ready again.
    Requeue {
        /// E-mail addresses of the tenants.
        #[arg(value_name = "EMAIL", required_unless_present = "all", conflicts_with = "all")]
        tenants: Vec<String>,
        /// Make all of them ready again.
        #[arg(long)]
        all: bool,
    },
    /// Takes over the journal of a single process, and renames it to FILE.imported.
    Import {
        /// The file that was given to `--state`.
        file: PathBuf,
    },
    /// Writes all entries, with the credentials of the tenants in plain text, into a new file that `--state` can open.
    Export {
        /// The new file, which only its owner can read.
        file: PathBuf,
    },
    /// Seals the secrets again that were not sealed with the current key.
    Reseal,
    /// Prints a new sealing key, as a line for ONBOARDING_SEALING_KEYS or `--sealing-keys`.
    NewKey {
        /// Id of the key, which is not secret, such as the month.
        id: String,
    },
    /// Prints the SQL that makes the schema of a shared journal, for an administrator who applies it.
    Migrations,
}

/// Options of a run.
#[derive(Args)]
pub(crate) struct RunArguments {
    /// CSV file of the tenants: name, email, waba_external_id, phone_number_id, country, language,
    /// messaging_webhook_url (which may be empty). Default is the example's; with `--journal`, no tenants are added
    /// without it.
    #[arg(value_name = "CSV")]
    pub(crate) tenants: Option<PathBuf>,
    /// Journal of what was begun and created, from which a stopped run continues. Default `onboarding-state.jsonl`.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Number of tenants onboarded at a time.
    #[arg(long, default_value_t = 8)]
    pub(crate) concurrency: usize,
    /// Maximum number of attempts of a step before the tenant fails.
    #[arg(long, default_value_t = 8)]
    pub(crate) attempts: u32,
    /// Delay after the first failed attempt, before jitter. It doubles with each attempt.
    #[arg(long, default_value_t = 500, value_name = "MILLISECONDS")]
    pub(crate) pause: u64,
    /// Time in which a failed call may still take effect: the interval between the two lookups of what it may have
    /// created. Default 60, and 0 with the sandbox that it starts.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) settle: Option<u64>,
    /// Maximum delay that a server may request. A longer one ends the tenant.
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    pub(crate) max_wait: u64,
    /// Create keys for channels that have one already. That one is revoked, so its users can no longer send.
    #[arg(long)]
    pub(crate) rotate_keys: bool,
    /// Id of a client, channel or account that is a tenant's, although nothing else shows it. Can be given more than
    /// once.
    #[arg(long, value_name = "ID")]
    pub(crate) adopt: Vec<String>,
    /// Meta's id of the solution through which the numbers are shared.
    #[arg(long, env = "D360_SOLUTION_ID", default_value = "100000000000001")]
    pub(crate) solution_id: String,
    /// Base URL in place of that of 360dialog's messaging API, for the webhooks.
    #[arg(long, value_name = "URL")]
    pub(crate) messaging_url: Option<String>,
    /// Turn the client-side rate limiter off, for servers without the published limits.
    #[arg(long)]
    pub(crate) no_pacing: bool,
    /// Probability of a fault in each call to the sandbox, from 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "PROBABILITY")]
    pub(crate) faults: f64,
    /// E-mail address of the owner of the ZapSign accounts, whose login shows an account's users and gives access to
    /// one whose token was lost.
    #[arg(long, env = "ZAPSIGN_OWNER", value_name = "EMAIL")]
    pub(crate) zapsign_owner: Option<String>,
}

/// Options of one process of several.
#[derive(Args)]
#[command(next_help_heading = "Several processes")]
pub(crate) struct FleetArguments {
    /// Redis or Valkey server in which all processes count the vendors' limits together, such as `redis://host:6379`. One with
    /// a password comes from the environment: ONBOARDING_RATE_LIMITS.
    #[arg(long, value_name = "URL")]
    pub(crate) rate_limits: Option<String>,
    /// Number of processes at most: the limits are divided by it while that server is away.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) processes: Option<u32>,
    /// Time after which another process goes on with the tenants of one that is gone. Default 300.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) lease: Option<u64>,
    /// Folder for answers that can't be written while the database is away, sealed as in the database. It must outlive the
    /// process. Without it they are kept in memory.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) spool: Option<PathBuf>,
    /// Name of this process, which the journal has for its tenants. Default is made of machine and process id.
    #[arg(long, value_name = "NAME")]
    pub(crate) process: Option<String>,
    /// Delay before a tenant whose onboarding failed is tried again, before jitter. It doubles with each failure, up to an hour.
    /// Default 30.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) backoff: Option<u64>,
    /// Number of failures in a row after which a tenant needs an operator. Default 10.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_failures: Option<u32>,
}

/// Options of a shared journal.
#[derive(Args)]
pub(crate) struct JournalArguments {
    /// Journal on Postgres in place of the file, for any number of processes: `postgres://user@host/database`. The password
    /// is PGPASSWORD; a URL with one comes from the environment: ONBOARDING_JOURNAL.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) journal: Option<String>,
    /// File of the keys that seal credentials in the journal, a line `ID:KEY` each, the current one first; only its owner may
    /// be able to read it. Default is the text in ONBOARDING_SEALING_KEYS.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "unsealed")]
    pub(crate) sealing_keys: Option<PathBuf>,
    /// Write credentials to the journal in plain text.
    #[arg(long, global = true)]
    pub(crate) unsealed: bool,
    /// Time for which a statement is repeated while the database is away; then the run stops. Default 300.
    #[arg(long, global = true, value_name = "SECONDS")]
    pub(crate) max_outage: Option<u64>,
}

/// Servers of the vendors, which tell one journal from another.
#[derive(Args)]
pub(crate) struct ServerArguments {
    /// Id of the 360dialog partner.
    #[arg(long, global = true, env = "D360_PARTNER_ID", value_name = "ID")]
    pub(crate) partner_id: Option<String>,
    /// Base URL in place of 360dialog's.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) dialog360_url: Option<String>,
    /// Base URL in place of ZapSign's.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) zapsign_url: Option<String>,
}

impl Arguments {
    /// Reads the arguments of the process. Ends it if they are wrong, or ask for help.
    pub(crate) fn of_process() -> Self {
        let read = Self::command().try_get_matches().and_then(|matches| {
            refuse_options_of_runs(&matches)?;
            Self::from_arg_matches(&matches)
        });
        read.unwrap_or_else(|error| error.exit())
    }
}

/// Refuses an option of a run before a subcommand, which would be ignored.
fn refuse_options_of_runs(matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some(subcommand) = matches.subcommand_name() else { return Ok(()) };
    let mut command = Arguments::command();
    let of_runs = command.get_arguments().filter(|argument| !argument.is_global_set());
    let given = of_runs.map(|argument| argument.get_id().as_str()).find(|id| {
        let known = matches.try_contains_id(id).is_ok();
        known && matches.value_source(id) == Some(ValueSource::CommandLine)
    });
    let Some(given) = given.map(|id| id.replace('_', "-")) else { return Ok(()) };
    Err(command.error(
        ErrorKind::ArgumentConflict,
        format!("`{given}` is for a run, and not for `{subcommand}`: leave it out"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, clap::Error> {
        let words = ["onboard-tenants"].into_iter().chain(words.iter().copied());
        Arguments::command().try_get_matches_from(words).and_then(|matches| {
            refuse_options_of_runs(&matches)?;
            Arguments::from_arg_matches(&matches)
        })
    }

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_file_is_no_subcommand_and_a_subcommand_is_no_file() {
        let arguments = parse(&["tenants.csv", "--concurrency", "2"]).expect("a run");
        assert!(arguments.command.is_none() && arguments.run.tenants.is_some());
        for words in [&["--journal", "postgres://h/d", "status"], &["status", "--journal", "postgres://h/d"]] {
            let arguments = parse(words).expect("a subcommand");
            assert!(matches!(arguments.command, Some(Command::Status { json: false })));
            assert!(arguments.run.tenants.is_none() && arguments.journal.journal.is_some());
        }
    }

    #[test]
    fn what_a_subcommand_would_ignore_is_refused() {
        for words in [&["--adopt", "5", "status"][..], &["--lease", "5", "dead"], &["x.csv", "status"]] {
            assert!(parse(words).is_err(), "{words:?}");
        }
        assert!(parse(&["requeue"]).is_err() && parse(&["requeue", "--all", "a@x.example"]).is_err());
        assert!(parse(&["requeue", "a@x.example"]).is_ok() && parse(&["requeue", "--all"]).is_ok());
    }
}
