//! Tokens of JSON pointers (RFC 6901).

/// Returns the index of an array's item that a token of a JSON pointer names: digits without a leading zero.
pub fn array_index(token: &str) -> Option<usize> {
    let is_index = token.bytes().all(|byte| byte.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    is_index.then(|| token.parse().ok()).flatten()
}

/// Returns a token as it stands in a JSON pointer: with its escapes.
pub fn escape_token(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// Returns a token of a JSON pointer without its escapes.
pub fn unescape_token(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_has_one_form() {
        assert_eq!(["0", "7", "10"].map(array_index), [Some(0), Some(7), Some(10)]);
        assert_eq!(["", "-", "+0", "00", "07", "1a", "99999999999999999999"].map(array_index), [None; 7]);
    }

    #[test]
    fn a_token_is_escaped_and_back() {
        for (token, escaped) in [("a/b~c", "a~1b~0c"), ("~1", "~01"), ("", ""), ("plain", "plain")] {
            assert_eq!((escape_token(token).as_str(), unescape_token(escaped).as_str()), (escaped, token));
        }
    }
}
