//! Bound on the memory that a decoded body takes. A cap on the bytes of the body does not bound it: an empty object in
//! a list takes three bytes, and decodes to a struct of kilobytes in a `Vec` that doubles as it grows.

/// Default bound on the memory of a decoded body beyond the body itself, in bytes: 128 MiB.
pub(crate) const DECODE_LIMIT: usize = 128 * 1024 * 1024;
/// Largest body that is decoded without an estimate, in bytes: it has at most 16,384 items, which take half of the
/// bound.
const MAX_UNCOUNTED_BYTES: usize = 48 * 1024;

/// Upper bound of the memory of a list item that is an object or a list, in bytes: the largest generated struct is
/// below 2.5 KB, and a `Vec` that grows holds its old and its new buffer, three times its items.
const ITEM_BYTES: usize = 3 * 2560;
/// Upper bound of the memory of an untyped value, in a list or as the first of an object, in bytes.
const VALUE_BYTES: usize = 416;
/// Upper bound of the memory of an object's key, in bytes.
const KEY_BYTES: usize = 352;

/// Returns `true` if a JSON body can be decoded into at most `limit` bytes, estimated from the number of its values.
///
/// The estimate is one pass that allocates nothing. A body that is not JSON is counted as if it were.
pub(crate) fn fits(body: &[u8], limit: usize) -> bool {
    if body.len() <= MAX_UNCOUNTED_BYTES {
        return true;
    }
    let mut left = limit;
    let mut before = b'[';
    let mut bytes = body.iter();
    while let Some(&byte) = bytes.next() {
        let cost = match byte {
            b'"' => {
                skip_text(&mut bytes);
                continue;
            }
            b'{' | b'[' if before == b':' => VALUE_BYTES,
            b'{' | b'[' => ITEM_BYTES + VALUE_BYTES,
            b',' => VALUE_BYTES,
            b':' => KEY_BYTES,
            _ => continue,
        };
        before = byte;
        match left.checked_sub(cost) {
            Some(rest) => left = rest,
            None => return false,
        }
    }
    true
}

/// Advances past the closing quote of a string; its opening quote was consumed.
fn skip_text(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a list of these items that is just too large to be decoded without an estimate.
    fn list(item: &str) -> String {
        let count = MAX_UNCOUNTED_BYTES / item.len() + 1;
        format!("[{}]", vec![item; count].join(","))
    }

    #[test]
    fn each_value_is_counted_and_what_stands_in_a_text_is_not() {
        for (item, cost) in [
            ("{}", ITEM_BYTES + 2 * VALUE_BYTES),
            (" [ ] ", ITEM_BYTES + 2 * VALUE_BYTES),
            ("1", VALUE_BYTES),
            (r#""[{,:\\""#, VALUE_BYTES),
            (r#""\"[{,:""#, VALUE_BYTES),
            (r#"{"a":{"b" : [ ]},"c":null}"#, ITEM_BYTES + 5 * VALUE_BYTES + 3 * KEY_BYTES),
        ] {
            let body = list(item);
            let count = MAX_UNCOUNTED_BYTES / item.len() + 1;
            // The outermost list counts as an item itself; no comma follows the last item.
            let all = count * cost + ITEM_BYTES;
            assert!(fits(body.as_bytes(), all), "{item}");
            assert!(!fits(body.as_bytes(), all - 1), "{item}");
        }
    }

    #[test]
    fn a_small_body_is_not_counted() {
        assert!(fits(format!("[{}]", vec!["{}"; MAX_UNCOUNTED_BYTES / 3 - 1].join(",")).as_bytes(), 0));
    }
}
