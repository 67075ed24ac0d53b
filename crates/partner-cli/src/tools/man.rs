//! `partner man`: the pages for `man`.

use std::fs;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};
use clap_mangen::Man;

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::invocation::Invocation;

/// Returns the command.
pub(super) fn command() -> Command {
    Command::new("man").about("Print the page for `man`, or write one for each command into a folder").arg(
        Arg::new("out")
            .long("out")
            .value_name("FOLDER")
            .help("Folder to write a page for each command into, such as ~/.local/share/man/man1; made if it is not there")
            .value_parser(value_parser!(PathBuf)),
    )
}

/// Prints the page of the program, or writes those of all commands.
pub(super) fn run(matches: &ArgMatches, invocation: &mut Invocation<'_>, whole_tree: Command) -> Result<(), Failure> {
    match matches.get_one::<PathBuf>("out") {
        Some(folder) => {
            let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(whole_tree, folder));
            written.map_err(|error| {
                Failure::new(ExitCode::Failed, format!("--out: the pages can't be written to {folder:?}: {error}"))
            })
        }
        None => {
            let mut page = Vec::new();
            Man::new(whole_tree).render(&mut page)?;
            Ok(invocation.stdout.write_all(&page)?)
        }
    }
}
