//! Files and the standard input, which values are read from.

use std::cell::RefCell;
use std::fs;
use std::io::Read;

use super::value_error::ValueError;

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

    /// Reads what a value names: a file as `@FILE`, or the standard input as `-` or `@-`. Returns `None` for any other value.
    pub(crate) fn read(&self, value: &str) -> Result<Option<NamedContent>, ValueError> {
        match value.strip_prefix('@') {
            _ if value == "-" || value == "@-" => {
                Ok(Some(NamedContent { name: String::new(), bytes: self.read_standard()? }))
            }
            Some(path) => Ok(Some(read_file(path)?)),
            None => Ok(None),
        }
    }

    /// Reads a line of the standard input without its end; `None` if the standard input was read, or has ended.
    pub(crate) fn read_line(&self) -> std::io::Result<Option<String>> {
        let mut standard = self.standard.borrow_mut();
        let Some(standard) = standard.as_mut() else { return Ok(None) };
        let mut line = Vec::new();
        // Byte by byte, so that nothing behind the line is taken.
        for byte in standard.by_ref().bytes() {
            match byte? {
                b'\n' => return Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned())),
                byte => line.push(byte),
            }
        }
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
        let text = String::from_utf8(self.bytes).map_err(|_| ValueError::new("the file is not UTF-8; convert it"))?;
        Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
    }
}

fn read_file(path: &str) -> Result<NamedContent, ValueError> {
    let fault = |fault: String| ValueError::new(format!("file {path:?} {fault}"));
    let file = fs::File::open(path).map_err(|error| fault(format!("can't be opened: {error}")))?;
    let name = std::path::Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(NamedContent { name: name.unwrap_or_default(), bytes: limited(file).map_err(fault)? })
}

fn limited(source: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    source.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| format!("can't be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("is larger than {} MiB", MAX_FILE_BYTES >> 20));
    }
    Ok(bytes)
}
