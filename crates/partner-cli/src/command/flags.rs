//! Flags of one operation.

use std::sync::Arc;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::field_help;
use super::names::{CommandName, singular};
use super::options::SharedOptions;
use crate::spec::{BodyEncoding, Field, FieldKind, OperationSpec, ParameterSpec};

/// Fault of a value that is the name of an option: the value before it was left out.
pub(super) const VALUE_LEFT_OUT: &str = "the value is missing, an option follows";

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
            operation.body.as_ref().is_some_and(|body| body.encoding == BodyEncoding::Json),
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
    pub(crate) fn arguments(self) -> Vec<Arg> {
        let names =
            self.flags.iter().map(|flag| flag.flag.as_str()).chain(self.shared.iter().filter_map(Arg::get_long));
        let options: Arc<[String]> = names.chain(["help"]).map(|name| format!("--{name}")).collect();
        let own: Vec<Arg> = self.flags.iter().map(|flag| flag.argument(&options)).collect();
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

/// Returns a value, unless it is the name of an option: its own value was left out then. Otherwise the call would be made with
/// the name, and without the option, `--dry-run` say.
fn refuse_option(options: &[String], value: &str) -> Result<String, &'static str> {
    let name = value.split('=').next().unwrap_or_default();
    if options.iter().any(|option| option == name) { Err(VALUE_LEFT_OUT) } else { Ok(value.to_owned()) }
}

/// Returns the flag of a value in the path that the arguments do not have; the last one, which says most about the command.
pub(super) fn missing_path_flag(command: &Command, arguments: &[String]) -> Option<String> {
    let in_path = command.get_arguments().filter(|argument| argument.get_help_heading() == Some(PATH_HEADING));
    let flags = in_path.filter_map(Arg::get_long).map(|name| format!("--{name}"));
    let is_given = |flag: &str| arguments.iter().any(|argument| argument.split('=').next() == Some(flag));
    flags.filter(|flag| !is_given(flag)).last()
}

impl FieldFlag<'_> {
    /// Returns the argument of the parser. `options` are the names of all options of the command.
    fn argument(&self, options: &Arc<[String]>) -> Arg {
        let kind = &self.field.kind;
        let heading = match self.parameter {
            Some(parameter) if self.field.required && parameter.is_in_path() => PATH_HEADING,
            Some(_) => QUERY_HEADING,
            None => BODY_HEADING,
        };
        let (short, long) = field_help::texts(self.field, self.parameter.is_some_and(|it| it.has_client_default));
        let options = Arc::clone(options);
        let value = move |text: &str| refuse_option(&options, text);
        let argument = Arg::new(self.flag.clone())
            .long(self.flag.clone())
            .value_name(kind.value_name())
            .help(short)
            .long_help(long)
            .help_heading(heading)
            // A value such as `-1` or `-name` is one, too.
            .allow_hyphen_values(true);
        match kind {
            FieldKind::Boolean => argument
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .value_parser(PossibleValuesParser::new(["true", "false", "null"]))
                .hide_possible_values(true),
            FieldKind::List(_) => argument.action(ArgAction::Append).value_parser(value),
            _ => argument.value_parser(value),
        }
    }

    /// Returns the values that the command line gives.
    pub(crate) fn values(&self, matches: &ArgMatches) -> Vec<String> {
        matches.get_many::<String>(&self.flag).into_iter().flatten().cloned().collect()
    }
}
