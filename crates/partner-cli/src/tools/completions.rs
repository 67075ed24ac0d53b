//! `partner completions`: the script that completes commands and flags in a shell.

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::invocation::Invocation;

/// Places where each shell finds the script.
const PLACES: &str = "Where the script goes:

  bash        source <(partner completions bash)
              or a file: ~/.local/share/bash-completion/completions/partner
  zsh         a file `_partner` in a folder of $fpath
  fish        ~/.config/fish/completions/partner.fish
  powershell  partner completions powershell | Out-String | Invoke-Expression
  elvish      eval (partner completions elvish | slurp)";

/// Returns the command.
pub(super) fn command() -> Command {
    Command::new("completions")
        .about("Print the script that completes commands and flags in a shell")
        .after_help(PLACES)
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .help("Shell to print it for")
                .value_parser(value_parser!(Shell)),
        )
}

/// Prints the script.
pub(super) fn run(
    matches: &ArgMatches,
    invocation: &mut Invocation<'_>,
    mut whole_tree: Command,
) -> Result<(), Failure> {
    let shell = matches.get_one::<Shell>("shell").copied().unwrap_or(Shell::Bash);
    let name = whole_tree.get_name().to_owned();
    // In one piece: a reader that goes away in the middle, such as `| head`, is a panic of the generator otherwise.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut whole_tree, name, &mut script);
    Ok(invocation.stdout.write_all(&script)?)
}
