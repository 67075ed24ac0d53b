//! The table of plans and use that [`Client::get_partner_plans`](crate::Client::get_partner_plans) gives, as rows.
//!
//! ```
//! let table = "id,name,credits,status,documents_created,from_the_future\n7,Aurora,250,paid,12,x\n";
//! let plans = zapsign_api::partner_plans::parse(table)?;
//! assert_eq!(plans[0].credits, Some(250));
//! assert_eq!(plans[0].other["from_the_future"], "x");
//! # Ok::<(), zapsign_api::partner_plans::ParseError>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::types::PlanStatus;

/// Memory that the plans of a table may take beyond their texts, in bytes.
const LIMIT: usize = 128 * 1024 * 1024;
/// Upper bound of the memory of one plan, in bytes, in a list that doubles as it grows.
const PLAN: usize = 3 * size_of::<PartnerPlan>();
/// Upper bound of the memory of one value of an unknown column, in bytes.
const OTHER: usize = 128;

/// Plan and use of one account.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct PartnerPlan {
    /// Number of the account.
    pub id: Option<i64>,
    /// Name of the account.
    pub name: Option<String>,
    /// Name that the account shows to signers.
    pub brand_name: Option<String>,
    /// Name of the plan.
    pub plan_name: Option<String>,
    /// Credits left.
    pub credits: Option<i64>,
    /// State of the plan.
    pub status: Option<PlanStatus>,
    /// Interval of the payments.
    pub period: Option<String>,
    /// End of the paid time, as the vendor writes it.
    pub current_period_end: Option<String>,
    /// Documents created.
    pub documents_created: Option<i64>,
    /// Envelopes created.
    pub envelopes_created: Option<i64>,
    /// Text messages sent.
    pub qty_sms: Option<i64>,
    /// WhatsApp messages sent.
    pub qty_whatsapp: Option<i64>,
    /// Signatures with a digital certificate.
    pub qty_digital_certificate: Option<i64>,
    /// Checks of `biometry_sov`.
    pub qty_biometry_sov: Option<i64>,
    /// Facial recognitions.
    pub qty_facial_recognition: Option<i64>,
    /// Identity verifications.
    pub qty_identity_verification: Option<i64>,
    /// Liveness checks.
    pub qty_liveness: Option<i64>,
    /// Columns that are not known here, and numbers that are none.
    pub other: BTreeMap<Arc<str>, String>,
}

impl fmt::Debug for PartnerPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartnerPlan").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The table can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(ParseErrorKind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum ParseErrorKind {
    /// A line has not as many columns as the first.
    Columns {
        line: u64,
    },
    /// A quoted value goes on to the end of the text.
    OpenQuote {
        line: u64,
    },
    TooLarge,
    NoId,
    Unreadable,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ParseErrorKind::Columns { line } => {
                write!(f, "line {line} of the table has not as many columns as the first")
            }
            ParseErrorKind::OpenQuote { line } => {
                write!(
                    f,
                    "a value in quotes that begins on line {line} of the table does not end; a quote is missing or stray"
                )
            }
            ParseErrorKind::TooLarge => f.write_str("the table has more values than 128 MiB of memory hold"),
            ParseErrorKind::NoId => f.write_str("the text is no table of plans: its first line names no column `id`"),
            ParseErrorKind::Unreadable => f.write_str("the table can't be read"),
        }
    }
}

impl std::error::Error for ParseError {}

/// Reads the table. The vendor does not say what separates its columns; a comma, semicolon or tab does, whichever the
/// first line has most of.
///
/// # Errors
///
/// If a line has another number of columns than the first, or there is no column `id`: something between ZapSign and here
/// may have answered with a page of its own, which must not pass for an empty table. If a quoted value does not end, since it
/// would swallow the lines after it; and if the plans would take more than 128 MiB of memory beyond their texts.
pub fn parse(table: &str) -> Result<Vec<PartnerPlan>, ParseError> {
    let table = table.trim_start_matches('\u{feff}');
    let first = table.lines().next().unwrap_or_default();
    let count = |separator: u8| first.bytes().filter(|byte| *byte == separator).count();
    let separator = [b',', b';', b'\t'].into_iter().max_by_key(|separator| (count(*separator), *separator == b','));
    let separator = separator.unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(table.as_bytes());
    let fault = |error: csv::Error| {
        let line = error.position().map(csv::Position::line);
        ParseError(line.map_or(ParseErrorKind::Unreadable, |line| ParseErrorKind::Columns { line }))
    };
    if let Some(line) = open_quote(table, separator) {
        return Err(ParseError(ParseErrorKind::OpenQuote { line }));
    }
    let columns: Vec<Arc<str>> = reader.headers().map_err(fault)?.iter().map(|column| column.trim().into()).collect();
    if !columns.iter().any(|column| &**column == "id") {
        return Err(ParseError(ParseErrorKind::NoId));
    }
    let mut left = LIMIT;
    let mut plans = Vec::new();
    for record in reader.records() {
        let record = record.map_err(fault)?;
        let mut plan = PartnerPlan::default();
        for (column, value) in columns.iter().zip(&record).filter(|(_, value)| !value.is_empty()) {
            plan.set(column, value);
        }
        let takes = PLAN + plan.other.len() * OTHER;
        left = left.checked_sub(takes).ok_or(ParseError(ParseErrorKind::TooLarge))?;
        plans.push(plan);
    }
    Ok(plans)
}

/// The line on which a quoted value begins that goes on to the end of the text.
fn open_quote(table: &str, separator: u8) -> Option<u64> {
    let (mut line, mut begin) = (1, 1);
    let (mut is_open, mut is_start, mut was_quoted) = (false, true, false);
    for byte in table.bytes() {
        match byte {
            b'"' if is_open => (is_open, was_quoted) = (false, true),
            // A quote right after one that ends the value was no end: the two are a quote in the value.
            b'"' if is_start || was_quoted => {
                begin = if was_quoted { begin } else { line };
                (is_open, is_start, was_quoted) = (true, false, false);
            }
            _ if is_open => {}
            _ => (is_start, was_quoted) = (byte == separator || byte == b'\n' || byte == b'\r', false),
        }
        line += u64::from(byte == b'\n');
    }
    is_open.then_some(begin)
}

impl PartnerPlan {
    fn set(&mut self, column: &Arc<str>, value: &str) {
        let text = || Some(value.to_owned());
        let number = match &**column {
            "name" => return self.name = text(),
            "brand_name" => return self.brand_name = text(),
            "plan_name" => return self.plan_name = text(),
            "status" => return self.status = Some(value.into()),
            "period" => return self.period = text(),
            "current_period_end" => return self.current_period_end = text(),
            "id" => Some(&mut self.id),
            "credits" => Some(&mut self.credits),
            "documents_created" => Some(&mut self.documents_created),
            "envelopes_created" => Some(&mut self.envelopes_created),
            "qty_sms" => Some(&mut self.qty_sms),
            "qty_whatsapp" => Some(&mut self.qty_whatsapp),
            "qty_digital_certificate" => Some(&mut self.qty_digital_certificate),
            "qty_biometry_sov" => Some(&mut self.qty_biometry_sov),
            "qty_facial_recognition" => Some(&mut self.qty_facial_recognition),
            "qty_identity_verification" => Some(&mut self.qty_identity_verification),
            "qty_liveness" => Some(&mut self.qty_liveness),
            _ => None,
        };
        match (number, value.trim().parse()) {
            (Some(field), Ok(number)) => *field = Some(number),
            _ => {
                self.other.insert(Arc::clone(column), value.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_separator_and_a_byte_order_mark_are_read() {
        for table in [
            "id,name,status\n7,\"Aurora, Ltda\",paid\n",
            "\u{feff}id;name;status\r\n7;Aurora, Ltda;paid\r\n",
            "id\tname\tstatus\n7\tAurora, Ltda\tpaid",
        ] {
            let plans = parse(table).expect("a table");
            assert_eq!(plans.len(), 1, "{table}");
            assert_eq!((plans[0].id, plans[0].name.as_deref()), (Some(7), Some("Aurora, Ltda")), "{table}");
            assert_eq!(plans[0].status, Some(PlanStatus::Paid));
        }
    }

    #[test]
    fn what_is_no_number_is_kept() {
        let plans = parse("id,credits,qty_sms\n7,12.5,\n8,many,3\n").expect("a table");
        assert_eq!((plans[0].credits, plans[0].qty_sms, plans[0].other["credits"].as_str()), (None, None, "12.5"));
        assert_eq!((plans[1].qty_sms, plans[1].other["credits"].as_str()), (Some(3), "many"));
        assert_eq!(parse("id,name\n").expect("an empty table"), []);
    }

    #[test]
    fn a_page_is_no_table() {
        for page in ["", "<html><body>Sign in</body></html>", "{\"detail\": \"no\"}", "name,plan_name\nA,B\n"] {
            let error = parse(page).expect_err(page);
            assert_eq!(error.to_string(), "the text is no table of plans: its first line names no column `id`");
        }
    }

    #[test]
    fn a_quote_that_swallows_the_lines_after_it_is_an_error() {
        for (table, line) in [
            ("id,name\n1,a\n2,\"b\n3,c\n4,d\n", 3),
            ("id,name\n1,\"a\n\"\"\n", 2),
            ("id;name\r\n1;a\r\n\"2;b\r\n", 3),
            ("\"id", 1),
        ] {
            let error = parse(table).expect_err(table).to_string();
            assert!(error.contains(&format!("begins on line {line} of the table does not end")), "{error}");
        }
        let plans = parse("id,name\n1,\"a \"\"b\"\"\n\"\n2,c \"d\n\"3\",\"\"\n").expect("each quote has its end");
        let names: Vec<_> = plans.iter().map(|plan| plan.name.as_deref()).collect();
        assert_eq!(names, [Some("a \"b\"\n"), Some("c \"d"), None]);
    }

    #[test]
    fn the_name_of_an_unknown_column_is_kept_once() {
        let table = format!("id,{}\n{}", "x".repeat(1000), "7,a\n".repeat(3));
        let plans = parse(&table).expect("a table");
        let names: Vec<_> = plans.iter().flat_map(|plan| plan.other.keys()).collect();
        assert_eq!(names.len(), 3);
        assert!(names.iter().all(|name| Arc::ptr_eq(name, names[0])));
    }

    #[test]
    fn a_table_of_more_plans_than_memory_is_an_error() {
        let plans = LIMIT / PLAN;
        let table = |plans| format!("id\n{}", "7\n".repeat(plans));
        assert_eq!(parse(&table(plans)).map(|plans| plans.len()), Ok(plans));
        assert_eq!(parse(&table(plans + 1)).err(), Some(ParseError(ParseErrorKind::TooLarge)));
        let columns: String = (0..1000).map(|number| format!(",c{number}")).collect();
        let wide = format!("id{columns}\n{}", format!("7{}\n", ",1".repeat(1000)).repeat(LIMIT / OTHER / 1000));
        assert_eq!(parse(&wide).err(), Some(ParseError(ParseErrorKind::TooLarge)));
    }

    #[test]
    fn a_line_of_another_length_is_named() {
        let error = parse("id,name\n7,a\n8,b,c\n").expect_err("a column too many");
        assert_eq!(error.to_string(), "line 3 of the table has not as many columns as the first");
    }
}
