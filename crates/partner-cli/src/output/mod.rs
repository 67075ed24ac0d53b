//! Output of answers: masked, reduced to what is asked for, in the format that is asked for.

mod printer;

pub(crate) use printer::Printer;
