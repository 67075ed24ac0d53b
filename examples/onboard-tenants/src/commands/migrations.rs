use tenant_onboarding::PostgresJournal;

/// Prints the scripts that make the schema, in their order, each as one transaction.
pub(crate) fn migrations() {
    for (name, sql) in PostgresJournal::migrations() {
        println!("-- {name}\nbegin;\n{}\ncommit;\n", sql.trim_end());
    }
}
