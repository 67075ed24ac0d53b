#![doc = include_str!("../README.md")]

mod command;
mod credentials;
mod effects;
mod exit_code;
mod failure;
mod hidden_texts;
mod invocation;
mod new_file;
mod output;
mod printable;
mod request;
mod run;
mod send;
mod spec;
mod tools;

pub use exit_code::ExitCode;
pub use invocation::Invocation;
pub use run::run;
