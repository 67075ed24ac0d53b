//! Flags of one operation.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches};

use super::help;
use super::names::{CommandName, singular};
use super::options::SharedOptions;
use crate::spec::{Field, FieldKind, OperationSpec, ParameterSpec};

const PATH_HEADING: &str = "Path";
const QUERY_HEADING: &str = "Query and headers";
const BODY_HEADING: &str = "Body";

/// Flag of a field.
pub(crate) struct FieldFlag<'o> {
    /// Name without the dashes.
    pub(crate) flag: String,
    pub(crate) field: &'o Field,
    /// Parameter whose value the field is; `None` for a field of the body.
    pub(crate) parameter: Option<&'o ParameterSpec>,
}

/// Flags of the fields of one operation.
pub(crate) struct OperationFlags<'o> {
    pub(crate) flags: Vec<FieldFlag<'o>>,
    shared: Vec<Arg>,
}

impl<'o> OperationFlags<'o> {
    /// Names the flags. A name that is taken gets the noun of the group in front: the field `url` of a webhook is `--webhook-url`.
    pub(crate) fn of(operation: &'o OperationSpec) -> Self {
        let shared = SharedOptions::arguments(
            operation.pagination.is_some(),
            operation.body.as_ref().is_some_and(|body| !body.is_form),
        );
        let mut taken: Vec<String> = shared.iter().filter_map(|option| option.get_long().map(str::to_owned)).collect();
        taken.push("help".to_owned());
        let noun = CommandName::of(operation.row).noun();
        let parameters = operation.parameters.iter().map(|parameter| (&parameter.field, Some(parameter)));
        let body = operation.body.iter().flat_map(|body| &body.fields).map(|field| (field, None));
        let mut flags = Vec::new();
        for (field, parameter) in parameters.chain(body) {
            let mut flag = flag_name(field);
            while taken.contains(&flag) {
                flag = format!("{noun}-{flag}");
            }
            taken.push(flag.clone());
            flags.push(FieldFlag { flag, field, parameter });
        }
        Self { flags, shared }
    }

    /// Returns the flag of a parameter or a field of the body.
    pub(crate) fn flag_of(&self, name: &str, is_parameter: bool) -> Option<&str> {
        let found = self.flags.iter().find(|flag| flag.field.name == name && flag.parameter.is_some() == is_parameter);
        found.map(|flag| flag.flag.as_str())
    }

    /// Returns the arguments of the command: those of the fields, and those that every operation has.
    pub(super) fn arguments(self) -> Vec<Arg> {
        let own: Vec<Arg> = self.flags.iter().map(FieldFlag::argument).collect();
        own.into_iter().chain(self.shared).collect()
    }
}

/// Returns the flag's name of a field by itself: that of one item for a list, in lower case with dashes.
fn flag_name(field: &Field) -> String {
    let name = match field.kind {
        FieldKind::List(_) => singular(&field.name),
        _ => field.name.clone(),
    };
    name.to_lowercase().replace('_', "-")
}

impl FieldFlag<'_> {
    fn argument(&self) -> Arg {
        let Field { kind, values, required, .. } = self.field;
        let heading = match self.parameter {
            Some(parameter) if self.field.required && parameter.is_in_path() => PATH_HEADING,
            Some(_) => QUERY_HEADING,
            None => BODY_HEADING,
        };
        let (short, long) = help::of_field(self.field, self.parameter.is_some_and(|it| it.has_client_default));
        let _ = required;
        let argument = Arg::new(self.flag.clone())
            .long(self.flag.clone())
            .value_name(kind.value_name())
            .help(short)
            .long_help(long)
            .help_heading(heading)
            // A value such as `-1` or `-name` is one, too.
            .allow_hyphen_values(true);
        let argument = match kind {
            FieldKind::Boolean => argument
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .value_parser(PossibleValuesParser::new(["true", "false", "null"]))
                .hide_possible_values(true),
            FieldKind::List(_) => argument.action(ArgAction::Append),
            _ => argument,
        };
        let _ = values;
        argument
    }

    /// Returns the values that the command line gives.
    pub(crate) fn values(&self, matches: &ArgMatches) -> Vec<String> {
        matches.get_many::<String>(&self.flag).into_iter().flatten().cloned().collect()
    }
}
