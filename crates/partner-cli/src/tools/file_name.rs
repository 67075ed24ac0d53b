//! Name of a file, from the name that a vendor tells.

use std::collections::HashSet;

use crate::printable::is_control;

/// Longest name without its end, in bytes. Systems take 255 in all, and the file has a longer name while it is downloaded.
const MAX_STEM_BYTES: usize = 180;

/// Names that Windows takes for devices, whatever their extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Returns the name of a PDF file, such as `Lease-signed.pdf`: one of the folder itself, whatever the document is called.
/// `taken` are the names of the files before it, which it is then one of.
pub(super) fn of_document(name: &str, suffix: &str, taken: &mut HashSet<String>) -> String {
    let stem = stem(name);
    let mut file_name = format!("{stem}{suffix}.pdf");
    let mut number = 2;
    // As file systems compare names that ignore case.
    while !taken.insert(file_name.to_lowercase()) {
        file_name = format!("{stem}{suffix}-{number}.pdf");
        number += 1;
    }
    file_name
}

/// Returns what a document's name leaves for a file's: no separator of paths, nothing that a shell, a terminal or Windows takes
/// for something else, no extension.
fn stem(name: &str) -> String {
    let safe: String = name.chars().map(|char| if is_unsafe(char) { '-' } else { char }).collect();
    let is_pdf =
        safe.len() > 4 && safe.is_char_boundary(safe.len() - 4) && safe[safe.len() - 4..].eq_ignore_ascii_case(".pdf");
    let mut end = if is_pdf { safe.len() - 4 } else { safe.len() }.min(MAX_STEM_BYTES);
    while !safe.is_char_boundary(end) {
        end -= 1;
    }
    // A leading dot hides a file, a leading dash makes it an option, and Windows drops dots and blanks at the end.
    let stem = safe[..end].trim_start_matches(['.', '-', ' ', '~']).trim_end_matches(['.', ' ']);
    match stem {
        "" => "document".to_owned(),
        _ if is_device(stem) => format!("document-{stem}"),
        _ => stem.to_owned(),
    }
}

fn is_unsafe(char: char) -> bool {
    // A space without a width makes a name look like another one.
    is_control(char) || matches!(char, '\u{200b}'..='\u{200d}') || "/\\:*?\"<>|".contains(char)
}

fn is_device(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let has_number = (first.starts_with("com") || first.starts_with("lpt")) && first.chars().count() == 4;
    DEVICES.contains(&first.as_str()) || has_number
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use super::*;

    #[test]
    fn the_name_of_a_document_is_kept_where_it_is_harmless() {
        for (name, expected) in [
            ("Lease", "Lease-signed.pdf"),
            ("Lease 2026.PDF", "Lease 2026-signed.pdf"),
            ("Contrato de locação nº 5", "Contrato de locação nº 5-signed.pdf"),
            ("a.b.pdf", "a.b-signed.pdf"),
            ("çé.pdf", "çé-signed.pdf"),
        ] {
            assert_eq!(of_document(name, "-signed", &mut HashSet::new()), expected);
        }
    }

    #[test]
    fn no_name_leads_out_of_the_folder_or_looks_like_another() {
        let long = "ü".repeat(400);
        let names = [
            "",
            ".",
            "..",
            "../../etc/passwd",
            "/etc/passwd",
            "C:\\Windows\\x",
            "..\\..\\x",
            "-rf",
            "~/.ssh/config",
            ".profile",
            "a\0b",
            "a\nb",
            "\u{1b}[31mred",
            "fdp.\u{202e}cod",
            "CON",
            "con.txt",
            "LPT1",
            "nul.pdf",
            "x. . .",
            "   ",
            &long,
            ".pdf",
            "a:stream",
        ];
        for name in names {
            let made = of_document(name, "", &mut HashSet::new());
            let parts: Vec<Component> = Path::new(&made).components().collect();
            assert!(matches!(parts[..], [Component::Normal(_)]), "{name:?}: {made:?}");
            assert!(!made.contains(is_unsafe) && !made.starts_with(['.', '-', '~', ' ']), "{name:?}: {made:?}");
            assert!(made.len() <= 200 && made.ends_with(".pdf") && made.len() > 4, "{name:?}: {made:?}");
            assert!(!is_device(made.trim_end_matches(".pdf")), "{name:?}: {made:?}");
        }
    }

    #[test]
    fn two_documents_of_one_name_get_two_files() {
        let mut taken = HashSet::new();
        let names = ["Lease", "lease.pdf", "Lease"].map(|name| of_document(name, "", &mut taken));
        assert_eq!(names, ["Lease.pdf", "lease-2.pdf", "Lease-3.pdf"]);
    }
}
