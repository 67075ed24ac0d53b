//! Choice of the name that was probably meant.

/// Least similarity of a name that is proposed, of 1.
const MIN_SIMILARITY: f64 = 0.8;

/// Longest name that is compared, in bytes. The time is the product of both lengths.
const MAX_NAME: usize = 200;

/// Returns the known name that is most similar to one that is not known, if it is similar at all.
pub(super) fn most_similar<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let similarities = known.filter(|_| name.len() <= MAX_NAME).map(|known| (strsim::jaro_winkler(name, known), known));
    let similar = similarities.filter(|(similarity, _)| *similarity >= MIN_SIMILARITY);
    similar.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, known)| known)
}
