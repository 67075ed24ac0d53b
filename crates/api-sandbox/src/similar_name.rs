//! Choice of the name that was probably meant.

/// Largest number of bytes of a name that is compared. The time is the product of both lengths, and what is longer was meant for
/// no name.
const MAX_NAME: usize = 200;

/// Returns the known name that is most similar to one that is not known; `None` for a very long one.
pub(crate) fn most_similar<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if name.len() > MAX_NAME {
        return None;
    }
    let similarities = known.map(|known| (strsim::jaro_winkler(name, known), known));
    similarities.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}

/// Returns the end of an error that names the most similar name, if there is one.
pub(crate) fn hint(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; the most similar one is `{nearest}`")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_very_long_name_is_compared_with_none() {
        let known = ["get_plan", "list_users", "get_document"];
        assert_eq!(most_similar("get_docment", known.into_iter()), Some("get_document"));
        assert_eq!(most_similar(&"g".repeat(MAX_NAME), known.into_iter()), Some("get_plan"));
        assert_eq!(most_similar(&"g".repeat(MAX_NAME + 1), known.into_iter()), None);
    }
}
