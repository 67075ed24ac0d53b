//! Example values by the name of a field. All of them are invented.

use heck::ToSnakeCase;

/// Suffixes of names in snake case, with texts: the preferred one first, then others of other lengths.
const TEXTS: [(&[&str], &[&str]); 27] = [
    (&["email", "e_mail", "mail", "email_address"], &["ana@acme.example", "a@b.example"]),
    (&["ip", "ip_address", "ip_addr"], &["192.0.2.1"]),
    (
        &["url", "uri", "link", "href", "website", "webhook", "callback", "endpoint", "homepage"],
        &["https://acme.example"],
    ),
    (&["host", "hostname", "host_name", "domain"], &["acme.example"]),
    (
        &["phone", "phone_number", "mobile", "telephone", "msisdn", "whatsapp", "fax", "cellphone"],
        &["+5511900000000", "5511900000000", "11900000000"],
    ),
    (&["country", "country_code"], &["BR", "BRA", "Brazil"]),
    (&["currency", "currency_code"], &["BRL"]),
    (&["language", "language_code", "locale", "lang"], &["pt-BR", "pt"]),
    (&["timezone", "time_zone"], &["America/Sao_Paulo", "UTC"]),
    (&["at", "datetime", "date_time", "timestamp", "created", "updated"], &["2026-02-04T10:11:12Z", "2026-02-04"]),
    (&["date", "birthday", "on"], &["2026-02-04"]),
    (&["time"], &["10:11:12", "10:11"]),
    (&["page_token", "next_token", "cursor"], &["exmple01"]),
    (&["password", "secret", "token", "api_key", "apikey", "access_key", "private_key", "authorization"], &[SECRET]),
    (&["uuid", "guid"], &["5f0e1d2c-0000-4000-8000-000000000001"]),
    (&["id", "identifier"], &["exmple01"]),
    (&["first_name", "given_name", "username", "user_name", "login"], &["Ana"]),
    (&["last_name", "surname", "family_name"], &["Lima"]),
    (&["full_name", "display_name"], &["Ana Lima", "Ana"]),
    (&["file_name", "filename", "file"], &["example.pdf"]),
    (&["name", "company", "organization"], &["Acme"]),
    (&["city"], &["Campinas"]),
    (&["zip", "zip_code", "postal_code", "postcode", "cep"], &["01310-100", "01310100", "01310"]),
    (&["street", "address", "address_line"], &["Rua Augusta 1"]),
    (&["content_type", "mime_type"], &["application/pdf"]),
    (&["color", "colour"], &["#336699"]),
    (&["description", "message", "text", "title", "subject", "comment", "note", "summary", "label"], &["An example"]),
];

/// Suffixes of names in snake case, with numbers.
const NUMBERS: [(&[&str], f64); 7] = [
    (&["latitude", "lat"], -23.5),
    (&["longitude", "lng", "lon"], -46.6),
    (&["year"], 2026.0),
    (&["month"], 2.0),
    (&["at", "timestamp", "created", "updated", "epoch"], 1_770_199_872.0),
    (&["port"], 8080.0),
    (&["amount", "price", "total", "limit", "page_size", "per_page"], 10.0),
];

/// Names that also count as a prefix.
const BEGINNINGS: [&str; 6] = ["url", "uri", "link", "email", "phone", "date"];

/// Placeholder for a secret, recognizable as one.
pub const SECRET: &str = "not-a-real-secret";

/// Example values for a field name.
#[derive(Clone, Copy)]
pub struct FieldContent {
    /// Texts, the preferred one first.
    pub texts: &'static [&'static str],
    pub number: Option<f64>,
}

impl FieldContent {
    pub fn of(name: &str) -> Self {
        let name = name.to_snake_case();
        Self { texts: find(&name, &TEXTS).unwrap_or_default(), number: find(&name, &NUMBERS) }
    }
}

fn find<T: Copy>(name: &str, table: &[(&[&str], T)]) -> Option<T> {
    // The singular is treated like the plural.
    let one = name.strip_suffix('s').unwrap_or(name);
    let ends = |end: &&str| {
        let before =
            |name: &str| name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('_'));
        before(name) || before(one)
    };
    let begins =
        |begin: &&str| BEGINNINGS.contains(begin) && name.strip_prefix(begin).is_some_and(|rest| rest.starts_with('_'));
    let by_end = table.iter().find(|(names, _)| names.iter().any(ends));
    by_end.or_else(|| table.iter().find(|(names, _)| names.iter().any(begins))).map(|(_, found)| *found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_by_its_end_in_any_case() {
        for (name, text) in [
            ("email", "ana@acme.example"),
            ("replyToEmail", "ana@acme.example"),
            ("emails", "ana@acme.example"),
            ("callback-url", "https://acme.example"),
            ("client_id", "exmple01"),
            ("clientIds", "exmple01"),
            ("phone_number", "+5511900000000"),
            ("CountryCode", "BR"),
            ("due_date", "2026-02-04"),
            ("created_at", "2026-02-04T10:11:12Z"),
            ("start_time", "10:11:12"),
            ("api_key", SECRET),
            ("first_name", "Ana"),
            ("address", "Rua Augusta 1"),
            ("url_pdf", "https://acme.example"),
            ("date_of_birth", "2026-02-04"),
        ] {
            assert_eq!(FieldContent::of(name).texts.first(), Some(&text), "{name}");
        }
        for name in ["", "paid", "thermostat", "kind", "s"] {
            assert_eq!(FieldContent::of(name).texts, [""; 0], "{name}");
        }
        assert_eq!(FieldContent::of("expiresAt").number, Some(1_770_199_872.0));
        assert_eq!(FieldContent::of("count").number, None);
    }
}
