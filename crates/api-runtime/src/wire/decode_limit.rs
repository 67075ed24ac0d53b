//! A bound of the memory that a decoded body cost. A cap on the bytes of a body is none: an empty object in a list is
//! three bytes, and becomes a struct of kilobytes in a list that doubles as it grows.

/// Memory that a decoded body may take beyond the body itself, in bytes, unless a call says otherwise.
pub(crate) const DECODE_LIMIT: usize = 128 * 1024 * 1024;
/// A body up to this size is not counted: it holds at most 16,384 items, which take half the limit.
const MAX_UNCOUNTED_BYTES: usize = 48 * 1024;

/// Most that one item of a list cost that is an object or a list: the largest generated struct is below 2.5 KB, and a list
/// that grows holds room for three times its items.
const ITEM_BYTES: usize = 3 * 2560;
/// Most that a value cost that has no type, in a list or as the first of an object.
const VALUE_BYTES: usize = 416;
/// What the key beside it cost.
const KEY_BYTES: usize = 352;

/// Says whether a body of JSON can be decoded into at most so many bytes of memory, from the number of its values.
///
/// It is one pass that allocates nothing. A body that is not JSON is counted as if it were.
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

/// Goes on to the end of a text whose first quote was taken.
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

    /// A list of so many of these items that it is no small body.
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
            // The outermost list is one that is an item; the last item has no comma after it.
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
