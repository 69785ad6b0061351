//! Texts that stand in files: whoever issues them may replace them, so they are read when they are needed.

use super::at_fault;
use super::given::Said;
use super::told::SignInError;

/// Returns the text of a file without blanks around it; `what` is in it.
///
/// # Errors
/// When it cannot be read, or is empty.
pub(super) fn text(path: &Said<String>, what: &str) -> Result<String, SignInError> {
    let Said { value: name, place } = path;
    let advice = format!("Correct {place}; whoever runs Terraform must be able to read the file.");
    let unreadable = |why: String| at_fault(*place, format!("the {what} in `{name}` cannot be read: {why}"), advice.clone());
    let text = std::fs::read_to_string(name).map_err(|error| unreadable(error.to_string()))?;
    match text.trim() {
        "" => Err(unreadable("the file is empty".to_owned())),
        text => Ok(text.to_owned()),
    }
}

/// Returns the text that was given in several places, by any of them; `texts` are in the order in which one wins.
///
/// # Errors
/// When they differ.
pub(super) fn agreed(what: &str, texts: impl IntoIterator<Item = Said<String>>) -> Result<Option<Said<String>>, SignInError> {
    let mut agreed: Option<Said<String>> = None;
    for said in texts {
        match &agreed {
            Some(before) if before.value != said.value => {
                let fault = format!("{} and {} give two different {what}s", before.place, said.place);
                let advice = "Take one of them out, or have both say the same; the official provider refuses this too.".to_owned();
                return Err(SignInError { fault, advice, attribute: before.place.attribute().or(said.place.attribute()) });
            }
            Some(_) => {}
            None => agreed = Some(said),
        }
    }
    Ok(agreed)
}
