//! Values of the command line.

use clap::ArgMatches;

/// Returns the value of an argument.
pub(super) fn text<'m>(matches: &'m ArgMatches, name: &str) -> Option<&'m str> {
    matches.try_get_one::<String>(name).ok().flatten().map(String::as_str)
}

/// Returns the values of an argument.
pub(super) fn texts<'m>(matches: &'m ArgMatches, name: &str) -> impl Iterator<Item = &'m str> {
    matches.get_many::<String>(name).into_iter().flatten().map(String::as_str)
}
