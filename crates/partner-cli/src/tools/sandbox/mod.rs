//! `partner sandbox`: the controls of a local sandbox.

mod arguments;
mod control;
mod run;
mod signers;
mod trigger;
mod values;

pub(super) use arguments::command;
pub(super) use run::run;
