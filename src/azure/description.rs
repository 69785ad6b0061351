//! The text that Azure keeps with a rule: at most 140 characters, the last of which are our mark.

use super::owner::Mark;

/// Most characters in a description, as Azure counts them.
pub const MAX_LENGTH: usize = 140;

const OPEN: &str = "[emc ";
const CLOSE: char = ']';
const CUT: &str = "...";

/// Returns the description of a rule: the text, as far as there is room for it, and the mark.
///
/// ```
/// use terraform_provider_emc::azure::{Mark, description};
/// let mark = Mark::new("core", "0123456789abcdef");
/// assert_eq!(description::marked("aes.450 row 9 from agents", &mark), "aes.450 row 9 from agents [emc core 0123456789abcdef]");
/// ```
pub fn marked(text: &str, mark: &Mark) -> String {
    let mark = format!("{OPEN}{} {}{CLOSE}", mark.name, mark.instance);
    let text = plain(text);
    if text.is_empty() {
        return mark;
    }
    format!("{} {mark}", fit(&text, MAX_LENGTH.saturating_sub(length(&mark) + 1)))
}

/// Returns the text and the mark of a description.
pub(crate) fn split(description: &str) -> (&str, Option<Mark>) {
    let found = description.rfind(OPEN).and_then(|start| {
        let (text, rest) = description.split_at_checked(start)?;
        let (mark, _) = rest.strip_prefix(OPEN)?.split_once(CLOSE)?;
        let (name, instance) = mark.split_once(' ')?;
        let is_word = |word: &str| !word.is_empty() && !word.contains(' ');
        (is_word(name) && is_word(instance)).then(|| (text.trim_end(), Mark { name: name.to_owned(), instance: instance.to_owned() }))
    });
    found.map_or((description, None), |(text, mark)| (text, Some(mark)))
}

/// Returns the text in one line, without what could be taken for a mark.
fn plain(text: &str) -> String {
    let spaced: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    spaced.replace(OPEN, "(emc ").trim().to_owned()
}

/// Cuts a text to so many characters.
fn fit(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        if length(&kept) + character.len_utf16() + CUT.len() > most {
            break;
        }
        kept.push(character);
    }
    format!("{}{CUT}", kept.trim_end())
}

/// Azure counts as its runtime does: in units of UTF-16.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_too_long_is_cut_and_keeps_its_mark() {
        let mark = Mark::new("a name that is much too long", "0123456789abcdef");
        let text = "x".repeat(200);
        let description = marked(&text, &mark);
        assert_eq!(description.len(), MAX_LENGTH);
        assert!(description.contains("xxx... [emc "), "{description}");
        assert_eq!(split(&description).1, Some(mark));
    }

    #[test]
    fn a_description_without_a_mark_is_all_text() {
        for text in ["", "opened by hand", "[emc ", "[emc core]", "[emc core one two]", "[emc  1]"] {
            assert_eq!(split(text), (text, None), "{text}");
        }
        let marked = "web [emc core 1] and what somebody wrote";
        assert_eq!(split(marked), ("web", Some(Mark { name: "core".to_owned(), instance: "1".to_owned() })));
    }

    proptest! {
        #[test]
        fn marks_are_found_again_in_any_text(text in ".{0,200}", name in ".{0,40}", instance in "[0-9a-f]{16}") {
            let mark = Mark::new(&name, instance);
            let description = marked(&text, &mark);
            prop_assert!(length(&description) <= MAX_LENGTH, "{description}");
            prop_assert_eq!(split(&description).1, Some(mark));
            prop_assert!(!description.chars().any(char::is_control));
        }
    }
}
