//! Files and the standard input, which values are read from.

use std::cell::RefCell;
use std::fs;
use std::io::Read;

use super::value_error::ValueError;
use crate::invocation::Invocation;

/// Largest file that is read, in bytes: as much as the sandbox and the largest plan take.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// Source of values that are not on the command line.
pub(crate) struct Input<'i> {
    /// Standard input; `None` once it was read.
    standard: RefCell<Option<Box<dyn Read + 'i>>>,
}

impl<'i> Input<'i> {
    /// Creates a source with this standard input.
    pub(crate) fn new(standard: impl Read + 'i) -> Self {
        Self { standard: RefCell::new(Some(Box::new(standard))) }
    }

    /// Takes the standard input of a run, which has none then.
    pub(crate) fn of(invocation: &mut Invocation<'i>) -> Self {
        Self::new(std::mem::replace(&mut invocation.stdin, Box::new(std::io::empty())))
    }

    /// Reads what a value names: a file as `@FILE`, or the standard input as `-` or `@-`. Returns `None` for any other value.
    pub(crate) fn read(&self, value: &str) -> Result<Option<NamedContent>, ValueError> {
        self.read_named(value, |path| format!("the file {path:?}"))
    }

    /// Reads what a value names, as [`read`](Self::read) does. An error does not show the value, which may be the secret itself.
    pub(super) fn read_secret(&self, value: &str) -> Result<Option<NamedContent>, ValueError> {
        self.read_named(value, |_| "the file".to_owned())
    }

    fn read_named(&self, value: &str, shown: impl Fn(&str) -> String) -> Result<Option<NamedContent>, ValueError> {
        match value.strip_prefix('@') {
            _ if value == "-" || value == "@-" => {
                Ok(Some(NamedContent { name: String::new(), bytes: self.read_standard()? }))
            }
            Some("") => Err(ValueError::new("no file is named; write its name behind the `@`")),
            Some(path) => {
                let bytes = read_file(path).map_err(|fault| ValueError::new(format!("{} {fault}", shown(path))))?;
                let name = std::path::Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
                Ok(Some(NamedContent { name: name.unwrap_or_default(), bytes }))
            }
            None => Ok(None),
        }
    }

    /// Reads a line of the standard input with its end; `None` if the standard input was read, or has ended.
    pub(crate) fn read_line(&self) -> std::io::Result<Option<String>> {
        let mut standard = self.standard.borrow_mut();
        let Some(standard) = standard.as_mut() else { return Ok(None) };
        let mut line = Vec::new();
        // Byte by byte, so that nothing behind the line is taken.
        // An interrupted read goes on.
        while standard.take(1).read_to_end(&mut line)? > 0 && line.last() != Some(&b'\n') {}
        Ok((!line.is_empty()).then(|| String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    /// Reads the standard input, which can be done once.
    pub(crate) fn read_standard(&self) -> Result<Vec<u8>, ValueError> {
        let standard = self.standard.borrow_mut().take();
        let standard = standard.ok_or_else(|| {
            ValueError::new("the standard input was read for another option; give a file for one of them")
        })?;
        limited(standard).map_err(|fault| ValueError::new(format!("the standard input {fault}")))
    }
}

/// Content of a file, with the file's own name.
pub(crate) struct NamedContent {
    /// Name without its folder; empty for the standard input.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl NamedContent {
    /// Returns the content as text, without a byte order mark.
    pub(crate) fn into_text(self) -> Result<String, ValueError> {
        // No text of JSON or a credential has a NUL, and every text in UTF-16 that has a letter of ASCII does.
        let is_utf16 = self.bytes.starts_with(&[0xff, 0xfe]) || self.bytes.starts_with(&[0xfe, 0xff]);
        if is_utf16 || self.bytes.contains(&0) {
            return Err(ValueError::new("the file is UTF-16, or no text; save it as UTF-8"));
        }
        let text =
            String::from_utf8(self.bytes).map_err(|_| ValueError::new("the file is not UTF-8; save it as that"))?;
        Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
    }
}

fn read_file(path: &str) -> Result<Vec<u8>, String> {
    limited(fs::File::open(path).map_err(|error| format!("can't be opened: {error}"))?)
}

fn limited(source: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    source.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| format!("can't be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("is larger than {} MiB", MAX_FILE_BYTES >> 20));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<String, ValueError> {
        NamedContent { name: String::new(), bytes: bytes.to_vec() }.into_text()
    }

    #[test]
    fn a_text_has_no_mark_and_is_utf_8() {
        assert_eq!(text(b"\xef\xbb\xbf{}").expect("text"), "{}");
        for utf16 in [&b"\xff\xfe{\0}\0"[..], b"\xfe\xff\0{\0}", b"{\0}\0"] {
            assert!(text(utf16).expect_err("UTF-16").to_string().contains("UTF-16"));
        }
        assert!(text(b"\xe9t\xe9").is_err());
    }

    #[test]
    fn the_standard_input_is_read_once_and_a_large_one_is_refused() {
        let input = Input::new(&b"one"[..]);
        assert_eq!(input.read("-").expect("read").expect("named").bytes, b"one");
        assert!(input.read("@-").err().expect("a second time").to_string().contains("another option"));
        let large = Input::new(std::io::repeat(b'a'));
        assert_eq!(large.read_standard().expect_err("large").to_string(), "the standard input is larger than 64 MiB");
    }

    #[test]
    fn a_line_is_taken_and_what_is_behind_it_stays() {
        let input = Input::new(&b"yes\r\n\nrest"[..]);
        let line = || input.read_line().expect("read");
        assert_eq!([line(), line()], [Some("yes".to_owned()), Some(String::new())]);
        assert_eq!(input.read_standard().expect("read"), b"rest");
        let input = Input::new(&b"last"[..]);
        assert_eq!(input.read_line().expect("read").as_deref(), Some("last"));
        assert_eq!(input.read_line().expect("read"), None);
    }

    #[test]
    fn a_file_that_is_not_there_is_named_unless_it_may_be_a_secret() {
        let input = Input::new(std::io::empty());
        assert!(input.read("@no-such-file").err().expect("no file").to_string().contains("no-such-file"));
        assert!(!input.read_secret("@no-such-file").err().expect("no file").to_string().contains("no-such-file"));
        assert!(input.read("@").is_err() && input.read("plain@x").expect("a text").is_none());
    }
}
