use tenant_onboarding::PostgresJournal;

use crate::output::print_line;

/// Prints the scripts that make the schema, in their order, each as one transaction.
///
/// # Errors
///
/// As [`print_line`].
pub(crate) fn migrations() -> Result<(), String> {
    for (name, sql) in PostgresJournal::migrations() {
        print_line(format_args!("-- {name}\nbegin;\n{}\ncommit;\n", sql.trim_end()))?;
    }
    Ok(())
}
