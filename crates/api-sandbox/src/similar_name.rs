//! Choice of the name that was probably meant.

/// Returns the known name that is most similar to one that is not known.
pub(crate) fn most_similar<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let similarity = |known: &&str| strsim::jaro_winkler(name, known);
    known.max_by(|one, other| similarity(one).total_cmp(&similarity(other)))
}
