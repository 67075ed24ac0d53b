use std::collections::HashMap;
use std::path::Path;

use tenant_onboarding::{Tenant, normalize, printable};

/// Reads the CSV file.
///
/// # Errors
///
/// A message with every invalid line: an empty or repeated `name`, `email` or `phone_number_id`, by which a tenant is
/// looked up, or a missing column.
pub(crate) fn read(path: &Path) -> Result<Vec<Tenant>, String> {
    let fault = |error: csv::Error| format!("{}: {error}", path.display());
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(fault)?;
    let mut tenants = Vec::new();
    let mut seen: HashMap<(&str, String), u64> = HashMap::new();
    let mut faults = Vec::new();
    let headers = reader.headers().map_err(fault)?.clone();
    for record in reader.records() {
        let record = record.map_err(fault)?;
        let line = record.position().map_or(0, csv::Position::line);
        let tenant: Tenant = match record.deserialize(Some(&headers)) {
            Ok(tenant) => tenant,
            Err(error) => {
                faults.push(error.to_string());
                continue;
            }
        };
        for (column, value) in
            [("name", &tenant.name), ("email", &tenant.email), ("phone_number_id", &tenant.phone_number_id)]
        {
            if value.is_empty() {
                faults.push(format!("line {line}: `{column}` is empty"));
            } else if let Some(first) = seen.insert((column, normalize(value)), line) {
                faults.push(format!("line {line}: `{column}` is that of line {first}; a tenant is found again by it"));
            }
        }
        tenants.push(tenant);
    }
    match faults.is_empty() {
        true => Ok(tenants),
        false => {
            let faults = faults.iter().map(|fault| format!("{}: {}", path.display(), printable(fault)));
            Err(faults.collect::<Vec<_>>().join("\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_with_its_line() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let text = "name,email,waba_external_id,phone_number_id,country,language\n\
                    Café,a@x.example,1,1,br,es\nB,A@x.example,2,2,br,es\nC,c@x.example,3,1,br,es\n,d@x.example,4,4,br,es\n\
                    CAFE\u{301},e@x.example,5,5,br,es\n";
        std::fs::write(file.path(), text).expect("it is written");
        let error = read(file.path()).expect_err("it has faults");
        let expected = [
            "line 3: `email` is that of line 2; a tenant is found again by it",
            "line 4: `phone_number_id` is that of line 2; a tenant is found again by it",
            "line 5: `name` is empty",
            "line 6: `name` is that of line 2; a tenant is found again by it",
        ];
        assert_eq!(error.lines().count(), expected.len(), "{error}");
        for (line, expected) in error.lines().zip(expected) {
            assert!(line.ends_with(expected), "{line}");
        }
        std::fs::write(file.path(), "name,email\nA,a@x.example\n").expect("it is written");
        let error = read(file.path()).expect_err("it lacks columns");
        assert!(error.contains("missing field `waba_external_id`"), "{error}");
    }

    #[test]
    fn the_webhook_is_a_column_that_may_be_missing_or_empty() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let head = "name,email,waba_external_id,phone_number_id,country,language";
        let text = format!(
            "{head},messaging_webhook_url\nA,a@x.example,1,1,br,es,https://a.example\nB,b@x.example,2,2,br,es,\n"
        );
        std::fs::write(file.path(), text).expect("it is written");
        let urls: Vec<_> =
            read(file.path()).expect("tenants").into_iter().map(|tenant| tenant.messaging_webhook_url).collect();
        assert_eq!(urls, ["https://a.example", ""]);
        std::fs::write(file.path(), format!("{head}\nA,a@x.example,1,1,br,es\n")).expect("it is written");
        assert_eq!(read(file.path()).expect("tenants")[0].messaging_webhook_url, "");
    }
}
