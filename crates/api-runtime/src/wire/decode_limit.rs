//! A bound of the memory that a decoded body takes. A cap on the bytes of a body is none: an empty object in a list is
//! three bytes, and becomes a struct of kilobytes in a list that doubles as it grows.

/// Memory that a decoded body may take beyond the body itself, in bytes, unless a call says otherwise.
pub(crate) const DECODE_LIMIT: usize = 128 * 1024 * 1024;
/// A body up to this size is not counted: it holds at most 16,384 items, which take half the limit.
const SMALL: usize = 48 * 1024;

/// Most that one item of a list takes that is an object or a list: the largest generated struct is below 2.5 KB, and a list
/// that grows holds room for three times its items.
const ITEM: usize = 3 * 2560;
/// Most that a value takes that has no type, in a list or as the first of an object.
const VALUE: usize = 416;
/// What the key beside it takes.
const KEY: usize = 352;

/// Says whether a body of JSON can be decoded into at most so many bytes of memory, from the number of its values.
///
/// It is one pass that allocates nothing. A body that is not JSON is counted as if it were.
pub(crate) fn keeps(body: &[u8], limit: usize) -> bool {
    if body.len() <= SMALL {
        return true;
    }
    let mut left = limit;
    let mut before = b'[';
    let mut bytes = body.iter();
    while let Some(&byte) = bytes.next() {
        let takes = match byte {
            b'"' => {
                skip_text(&mut bytes);
                continue;
            }
            b'{' | b'[' if before == b':' => VALUE,
            b'{' | b'[' => ITEM + VALUE,
            b',' => VALUE,
            b':' => KEY,
            _ => continue,
        };
        before = byte;
        match left.checked_sub(takes) {
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
        let count = SMALL / item.len() + 1;
        format!("[{}]", vec![item; count].join(","))
    }

    #[test]
    fn each_value_is_counted_and_what_stands_in_a_text_is_not() {
        for (item, takes) in [
            ("{}", ITEM + 2 * VALUE),
            (" [ ] ", ITEM + 2 * VALUE),
            ("1", VALUE),
            (r#""[{,:\\""#, VALUE),
            (r#""\"[{,:""#, VALUE),
            (r#"{"a":{"b" : [ ]},"c":null}"#, ITEM + 5 * VALUE + 3 * KEY),
        ] {
            let body = list(item);
            let count = SMALL / item.len() + 1;
            // The outermost list is one that is an item; the last item has no comma after it.
            let all = count * takes + ITEM;
            assert!(keeps(body.as_bytes(), all), "{item}");
            assert!(!keeps(body.as_bytes(), all - 1), "{item}");
        }
    }

    #[test]
    fn a_small_body_is_not_counted() {
        assert!(keeps(format!("[{}]", vec!["{}"; SMALL / 3 - 1].join(",")).as_bytes(), 0));
    }
}
