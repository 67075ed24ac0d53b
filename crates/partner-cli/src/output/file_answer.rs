//! Answers that are no JSON: texts, files, and what nobody expected.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::answer::Answer;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::new_file::create_private;
use crate::printable::{is_control, printable};
use crate::spec::OperationSpec;

const JSON: &str = "application/json";

/// Returns `true` if the spec lets an answer that is no JSON be one.
pub(super) fn is_expected(operation: &OperationSpec, answer: &Answer) -> bool {
    let media_type = answer.media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = operation.response_media_types(answer.status);
    let is_other = known.iter().any(|known| *known != JSON);
    match media_type.as_str() {
        JSON => false,
        // A page of a proxy is no answer of the vendor.
        "text/html" => known.contains(&"text/html") || known.contains(&"*/*"),
        // The vendors do not document the media type of each file.
        _ => is_other || known.is_empty(),
    }
}

/// Prints a body: unchanged for a program or a file; a text without what a terminal obeys for a terminal.
pub(super) fn print(
    operation: &OperationSpec,
    answer: &Answer,
    is_terminal: bool,
    stdout: &mut dyn Write,
) -> Result<(), Failure> {
    if !is_terminal {
        stdout.write_all(&answer.body)?;
    } else if let Some(text) = text(answer) {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        stdout.write_all((printable(text, true) + end).as_bytes())?;
    } else {
        return Err(refuse(operation, answer, Path::new("")));
    }
    Ok(stdout.flush()?)
}

/// Prints the body of an answer that can't be understood: as it is, or what a terminal can show of it.
pub(super) fn print_unexpected(body: &[u8], is_terminal: bool, stdout: &mut dyn Write) -> io::Result<()> {
    if is_terminal {
        writeln!(stdout, "{}", printable(&String::from_utf8_lossy(body), true))?;
    } else {
        stdout.write_all(body)?;
    }
    stdout.flush()
}

/// Returns the body as text, unless it is a file that is none.
fn text(answer: &Answer) -> Option<&str> {
    let text = std::str::from_utf8(&answer.body).ok()?.trim_start_matches('\u{feff}');
    let has_controls = || text.contains(|character| is_control(character) && !matches!(character, '\t' | '\r' | '\n'));
    // What the vendor calls a text is one, and is made harmless.
    (answer.media_type.starts_with("text/") || !text.starts_with("%PDF-") && !has_controls()).then_some(text)
}

/// Refuses to send a file to a terminal. One that can't be had again by the same call is kept in the folder.
fn refuse(operation: &OperationSpec, answer: &Answer, folder: &Path) -> Failure {
    let media_type = printable(&answer.media_type, false);
    let file = format!("the answer is a file ({media_type}, {} bytes), which a terminal can't show", answer.body.len());
    if operation.row.method.is_safe() {
        return Failure::new(ExitCode::Failed, format!("{file}; write it to a file: repeat the command with `> FILE`"));
    }
    match keep(operation.row.id, &answer.body, folder) {
        Ok(path) => Failure::new(ExitCode::Failed, format!("{file}; it was written to {}", path.display())),
        Err(error) => Failure::new(ExitCode::Failed, format!("{file}, and it can't be written to a file: {error}")),
    }
}

/// Writes a body to a new file, which only its owner may read.
fn keep(name: &str, body: &[u8], folder: &Path) -> io::Result<PathBuf> {
    for number in 1.. {
        let path = folder.join(format!("{name}-{number}.bin"));
        match create_private(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(mut file) => {
                file.write_all(body)?;
                file.sync_all()?;
                return Ok(path);
            }
        }
    }
    Err(io::Error::other("every name is taken"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Api;

    fn operation(id: &str) -> OperationSpec {
        let rows = Api::all().iter().flat_map(|api| api.operations.iter().map(move |row| (api, *row)));
        let (api, row) = rows.into_iter().find(|(_, row)| row.id == id).expect("an operation");
        OperationSpec::read(api, row)
    }

    fn answer(media_type: &str, body: &'static [u8]) -> Answer {
        Answer { status: 200, media_type: media_type.to_owned(), body: body.into() }
    }

    #[test]
    fn a_body_is_expected_where_the_spec_has_more_than_json() {
        for (id, media_type, expected) in [
            ("get_audit_log", "application/pdf", true),
            ("get_audit_log", "binary/octet-stream", true),
            ("get_audit_log", "text/html; charset=utf-8", false),
            ("get_partner_plans", "text/csv", true),
            ("remove_signer", "text/plain", true),
            ("remove_signer", "application/json", false),
            ("get_document", "text/plain", false),
            ("place_signatures", "text/plain", true),
            ("place_signatures", "text/html; charset=utf-8", true),
        ] {
            assert_eq!(is_expected(&operation(id), &answer(media_type, b"x")), expected, "{id} {media_type}");
        }
    }

    #[test]
    fn a_file_is_bytes_for_a_program_and_refused_by_a_terminal() {
        let read = operation("get_audit_log");
        let pdf = answer("application/pdf", b"%PDF-1.7\n\xff\x1b[2J");
        let mut stdout = Vec::new();
        print(&read, &pdf, false, &mut stdout).expect("it is printed");
        assert_eq!(stdout, pdf.body);
        let mut stdout = Vec::new();
        let failure = print(&read, &pdf, true, &mut stdout).expect_err("it is refused");
        assert!(stdout.is_empty() && failure.to_string().contains("> FILE"), "{failure}");
        // A PDF can be all text.
        for body in [b"%PDF-1.7\n", b"\0\0\0\0\0\0\0\0\n"] {
            assert!(print(&read, &answer("", body), true, &mut stdout).is_err());
        }
        print(&read, &answer("text/csv", b"\xef\xbb\xbfa;b\r\nc;\x1bd"), true, &mut stdout).expect("it is a text");
        print(&read, &answer("", b"done"), true, &mut stdout).expect("it is a text");
        assert_eq!(String::from_utf8(stdout).expect("it is a text"), "a;b\\r\nc;\\u001bd\ndone\n");
    }

    #[test]
    fn a_file_that_can_not_be_had_again_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let stamped = answer("application/pdf", b"%PDF-1.7\n\xff");
        for number in 1..3 {
            let failure = refuse(&operation("create_timestamp"), &stamped, folder.path());
            let path = folder.path().join(format!("create_timestamp-{number}.bin"));
            assert!(failure.to_string().contains(&path.display().to_string()), "{failure}");
            assert_eq!(std::fs::read(path).expect("it is kept"), stamped.body);
        }
    }

    #[test]
    fn an_unexpected_body_is_shown_harmlessly() {
        let mut stdout = Vec::new();
        print_unexpected(b"\x1b[2J\xff", true, &mut stdout).expect("it is shown");
        assert_eq!(String::from_utf8(stdout).expect("it is a text"), "\\u001b[2J\u{fffd}\n");
    }
}
