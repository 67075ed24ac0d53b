//! Output of answers: masked, reduced to what is asked for, in the format that is asked for.

mod answer;
mod columns;
mod file_answer;
mod printer;
mod query;
mod secret_policy;
mod secrets_file;
mod style;
mod table;
mod text;

pub(crate) use answer::Answer;
pub(crate) use printer::Printer;
pub(crate) use style::OutputStyle;
pub(crate) use text::print;
