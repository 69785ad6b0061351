//! What to write instead of a name that nobody knows.

use crate::matrix::{ComponentId, Matrix, RoleId};
use crate::suggest;

/// Names the nearest of `choices`, or all of them where they are few, or where to look them up.
pub(super) fn remedy<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>, look_up: &str) -> String {
    let choices: Vec<&str> = choices.into_iter().collect();
    match suggest::nearest(word, choices.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None if choices.is_empty() => look_up.to_owned(),
        None if choices.len() <= 12 => choose_from(&choices),
        None => look_up.to_owned(),
    }
}

/// Says that `word` is none of the configuration's placements, and which one may be meant.
pub fn unknown_placement<'a>(word: &str, placements: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = placements.into_iter().collect();
    let none_near = match names.len() {
        0 => "There are no placements.".to_owned(),
        many => format!("None of its {many} placements has a name like it."),
    };
    format!("`{word}` is not a placement of this configuration. {}", remedy(word, names, &none_near))
}

/// Says that `word` names neither a component nor a role, and what may be meant.
pub fn unknown_party(word: &str, matrix: &Matrix) -> String {
    format!("`{word}` is neither a component nor a role of EMC {}. {}", matrix.release(), near_or_look_up(word, party_names(matrix)))
}

/// Says that `word` names neither a placement nor a component nor a role, and what may be meant.
pub fn unknown_end<'a>(word: &str, placements: impl IntoIterator<Item = &'a str>, matrix: &'a Matrix) -> String {
    let near = near_or_look_up(word, placements.into_iter().chain(party_names(matrix)));
    format!("`{word}` is neither a placement nor a component or role. {near}")
}

/// Says that `word` is none of a few choices, and which ones there are.
pub fn unknown_word<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> String {
    format!("`{word}` is not a choice here. {}", near_and_all(word, choices))
}

/// The same for an argument that has a name.
pub(super) fn unknown_choice<'a>(argument: &str, word: &str, choices: impl IntoIterator<Item = &'a str>) -> String {
    format!("`{word}` is not a choice for `{argument}`. {}", near_and_all(word, choices))
}

fn near_and_all<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> String {
    let choices: Vec<&str> = choices.into_iter().collect();
    let near = suggest::nearest(word, choices.iter().copied()).map(|near| format!("Did you mean `{near}`? ")).unwrap_or_default();
    near + &choose_from(&choices)
}

/// Lists what there is.
pub(super) fn choose_from(choices: &[&str]) -> String {
    let choices: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
    format!("Choose from: {}.", choices.join(", "))
}

fn near_or_look_up<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    suggest::nearest(word, names).map_or_else(|| LOOK_UP_COMPONENTS.to_owned(), |near| format!("Did you mean `{near}`?"))
}

pub(super) const LOOK_UP_COMPONENTS: &str = "The data source `emc_port_matrix` lists all `components` and `roles`.";
pub(super) const LOOK_UP_FLOWS: &str = "The data source `emc_port_matrix` lists all `flows`.";

/// Returns names in backticks, the first dozen of them; nothing for none.
pub(super) fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(12);
    names.truncate(12);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// Returns the names of all components and roles.
fn party_names(matrix: &Matrix) -> impl Iterator<Item = &str> {
    matrix.components().keys().map(ComponentId::as_str).chain(matrix.roles().keys().map(RoleId::as_str))
}
