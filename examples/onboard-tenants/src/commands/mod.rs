//! Operations of the program: a run with either journal, and what an operator does with a shared one.

pub(crate) mod dead;
pub(crate) mod migrations;
pub(crate) mod requeue;
pub(crate) mod run;
pub(crate) mod sealing_keys;
pub(crate) mod status;
pub(crate) mod transfer;
pub(crate) mod work;
