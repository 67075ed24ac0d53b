use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, StatusCode};

/// Version of the file that a response has, by its headers.
#[derive(Clone, Default)]
pub(super) struct FileVersion {
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
    content_type: Option<HeaderValue>,
    /// Size of the whole file, in bytes; `None` if the store does not tell it.
    pub(super) total: Option<u64>,
}

impl FileVersion {
    /// Reads the version out of a response with the whole file (200), or a part of it.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        let total = if status == StatusCode::OK {
            headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok())
        } else {
            ContentRange::of(headers).and_then(|range| range.total)
        };
        let [etag, last_modified, content_type] =
            [ETAG, LAST_MODIFIED, CONTENT_TYPE].map(|name| headers.get(name).cloned());
        Self { etag, last_modified, content_type, total }
    }

    pub(super) fn etag(&self) -> Option<&str> {
        self.etag.as_ref()?.to_str().ok()
    }

    pub(super) fn content_type(&self) -> Option<&str> {
        self.content_type.as_ref()?.to_str().ok()
    }

    /// Returns the `ETag` if equal ones mean equal bytes (RFC 9110 section 8.8.1).
    fn strong_etag(&self) -> Option<&HeaderValue> {
        self.etag.as_ref().filter(|etag| etag.as_bytes().starts_with(b"\""))
    }

    /// Returns the value of `If-Range` by which a store tells whether the file is still this one; `None` if nothing does.
    pub(super) fn if_range(&self) -> Option<&HeaderValue> {
        self.strong_etag().or(self.last_modified.as_ref())
    }

    /// Returns `true` if a response with the whole file has the same bytes.
    pub(super) fn is_whole_of(&self, other: &Self) -> bool {
        match self.strong_etag() {
            Some(etag) => other.strong_etag() == Some(etag),
            None => {
                self.last_modified.is_some() && self.last_modified == other.last_modified && self.total == other.total
            }
        }
    }

    /// Returns `true` unless a part, asked for with [`if_range`](Self::if_range), is of another version: a part may have fewer
    /// headers than the whole.
    pub(super) fn may_be_part_of(&self, other: &Self) -> bool {
        let differ =
            |one: Option<&HeaderValue>, other: Option<&HeaderValue>| one.is_some() && other.is_some() && one != other;
        let is_size = self.total.is_none() || other.total.is_none() || self.total == other.total;
        // Two machines of a store may have written the same bytes at different times.
        let is_same_etag = self.strong_etag().is_some() && self.strong_etag() == other.strong_etag();
        let is_date = is_same_etag || !differ(self.last_modified.as_ref(), other.last_modified.as_ref());
        is_size && is_date && !differ(self.etag.as_ref(), other.etag.as_ref())
    }
}

/// Value of `Content-Range` in bytes (RFC 9110 section 14.4).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ContentRange {
    /// Index of the first byte; `None` if the range that was asked for is outside of the file.
    pub(super) start: Option<u64>,
    /// Size of the whole file, in bytes.
    pub(super) total: Option<u64>,
}

impl ContentRange {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let (range, total) =
            headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?.trim().split_once('/')?;
        let start = match range {
            "*" => None,
            range => {
                let (start, end) = range.split_once('-')?;
                let (start, end): (u64, u64) = (start.parse().ok()?, end.parse().ok()?);
                Some(start).filter(|start| *start <= end)
            }
        };
        Some(Self { start, total: total.parse().ok() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value))).collect()
    }

    fn version(pairs: &[(&'static str, &'static str)]) -> FileVersion {
        FileVersion::of(StatusCode::OK, &headers(pairs))
    }

    #[test]
    fn a_range_is_read_as_it_is_written() {
        let range = |text| ContentRange::of(&headers(&[("content-range", text)]));
        for (text, start, total) in [
            ("bytes 5-9/10", Some(5), Some(10)),
            ("bytes 5-9/*", Some(5), None),
            ("bytes */10", None, Some(10)),
            ("bytes 9-5/10", None, Some(10)),
        ] {
            assert_eq!(range(text), Some(ContentRange { start, total }), "{text}");
        }
        for text in ["", "bytes", "bytes 5/10", "bytes a-b/10", "pages 5-9/10", "bytes 5-9"] {
            assert_eq!(range(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_is_the_same_by_a_strong_etag_or_its_date() {
        let (a, b) = (version(&[("etag", "\"a\"")]), version(&[("etag", "\"b\"")]));
        let weak = version(&[("etag", "W/\"a\"")]);
        let date = [("last-modified", "Fri, 27 Nov 2026 10:00:00 GMT"), ("content-length", "9")];
        assert!(a.is_whole_of(&a) && !a.is_whole_of(&b) && !a.is_whole_of(&weak) && !a.is_whole_of(&version(&date)));
        assert!(!weak.is_whole_of(&weak) && weak.if_range().is_none());
        assert!(version(&date).is_whole_of(&version(&date)));
        let longer = [date[0], ("content-length", "10")];
        assert!(!version(&date).is_whole_of(&version(&longer)));
        assert!(!version(&[]).is_whole_of(&version(&[])) && version(&[]).if_range().is_none());
        let both = version(&[("etag", "\"a\""), date[0]]);
        assert_eq!(both.if_range().expect("the etag"), "\"a\"");
        assert_eq!(version(&date).if_range().expect("the date"), date[0].1);
    }

    #[test]
    fn a_part_has_nothing_that_differs() {
        let whole = version(&[("etag", "\"a\""), ("content-length", "10")]);
        let part = |pairs: &[_]| FileVersion::of(StatusCode::PARTIAL_CONTENT, &headers(pairs));
        assert!(whole.may_be_part_of(&part(&[("etag", "\"a\""), ("content-range", "bytes 5-9/10")])));
        assert!(whole.may_be_part_of(&part(&[("content-range", "bytes 5-9/*"), ("content-length", "5")])));
        assert!(!whole.may_be_part_of(&part(&[("etag", "\"b\""), ("content-range", "bytes 5-9/10")])));
        assert!(!whole.may_be_part_of(&part(&[("content-range", "bytes 5-9/11")])));
        let [earlier, later] = ["Fri, 27 Nov 2026 10:00:00 GMT", "Fri, 27 Nov 2026 11:00:00 GMT"];
        let dated = version(&[("last-modified", earlier)]);
        assert!(dated.may_be_part_of(&part(&[("last-modified", earlier)])) && dated.may_be_part_of(&part(&[])));
        assert!(!dated.may_be_part_of(&part(&[("last-modified", later), ("etag", "\"b\"")])));
        let both = version(&[("etag", "\"a\""), ("last-modified", earlier)]);
        assert!(!both.may_be_part_of(&part(&[("last-modified", later)])));
        assert!(both.may_be_part_of(&part(&[("etag", "\"a\""), ("last-modified", later)])));
    }
}
