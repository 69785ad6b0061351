//! The name that was probably meant, for messages about unknown names.
//!
//! Promises that a suggestion is close: at most a third of the letters differ, or the word is the beginning of one candidate only; and
//! that a number is never taken for another: `A77` is not a way to write `A17`.
//! It knows nothing of what the names stand for.

#[cfg(test)]
mod tests;

/// Words of fewer letters than this are not completed: too many names begin with them.
const SHORTEST_BEGINNING: usize = 3;

/// Returns the candidate closest to `word`, if one is close enough to be meant; of equally close ones the first.
///
/// Capital letters, hyphens and spaces count as nothing: `Media-Director` is as close to `media_director` as can be.
///
/// ```
/// use terraform_provider_emc::suggest::nearest;
/// assert_eq!(nearest("media_directer", ["media_proxy", "media_director"]), Some("media_director"));
/// assert_eq!(nearest("firewall", ["media_proxy", "media_director"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    let most = (word.chars().count() / 3).max(1);
    let mut closest: Option<(usize, &'a str)> = None;
    let mut beginning_with: Vec<&'a str> = Vec::new();
    for candidate in candidates {
        let other = plain(candidate);
        if is_number(&other) && digits(&other) != digits(&word) {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&word, &other);
        let letters = word.chars().count().max(other.chars().count());
        // A word of which nothing is left is no misspelling.
        if distance <= most && distance < letters && closest.is_none_or(|(least, _)| distance < least) {
            closest = Some((distance, candidate));
        }
        if word.chars().count() >= SHORTEST_BEGINNING && other.starts_with(&word) {
            beginning_with.push(candidate);
        }
    }
    match (closest, beginning_with.as_slice()) {
        (Some((_, candidate)), _) => Some(candidate),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// Tells whether a name is hardly more than a number.
fn is_number(name: &str) -> bool {
    let letters = name.chars().filter(|character| character.is_alphabetic()).count();
    letters < 3 && !digits(name).is_empty()
}

fn digits(name: &str) -> String {
    name.chars().filter(char::is_ascii_digit).collect()
}

/// Returns `name` without the differences that people do not see.
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}
