//! The text that EC2 keeps with a rule: at most 255 characters out of a small set.
//!
//! The set is the one that EC2 documents for security-group peers, which is the narrowest: it lacks `&` and has no quotes, no `<` or `>`.

/// Most characters in a description.
pub const MAX_LENGTH: usize = 255;

const PUNCTUATION: &str = " ._-:/()#,@[]+=;{}!$*";

/// Why a text cannot be a description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionFault {
    /// Characters that EC2 refuses.
    #[error("EC2 takes no {} in the description of a rule; letters a to z, digits and `{PUNCTUATION}` are allowed", quoted(.0))]
    Characters(Vec<char>),
    /// More than 255 characters.
    #[error("EC2 takes at most {MAX_LENGTH} characters in the description of a rule; this one has {0}")]
    TooLong(usize),
}

/// Says why EC2 would refuse this description, if it would.
///
/// # Errors
/// When it is too long or has other characters than the allowed ones.
pub fn check(text: &str) -> Result<(), DescriptionFault> {
    let mut refused: Vec<char> = text.chars().filter(|character| !is_allowed(*character)).collect();
    refused.sort_unstable();
    refused.dedup();
    if !refused.is_empty() {
        return Err(DescriptionFault::Characters(refused));
    }
    match text.chars().count() {
        length if length > MAX_LENGTH => Err(DescriptionFault::TooLong(length)),
        _ => Ok(()),
    }
}

/// Returns the text as EC2 takes it: other characters become `_`, and what is too long ends in `...`.
///
/// ```
/// use terraform_provider_emc::aws::description;
/// assert_eq!(description::fit("core <-> agents"), "core _-_ agents");
/// assert!(description::check(&description::fit(&"é".repeat(300))).is_ok());
/// ```
pub fn fit(text: &str) -> String {
    let allowed: String = text.chars().map(|character| if is_allowed(character) { character } else { '_' }).collect();
    if allowed.len() <= MAX_LENGTH {
        return allowed;
    }
    let kept: String = allowed.chars().take(MAX_LENGTH - 3).collect();
    format!("{}...", kept.trim_end())
}

fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || PUNCTUATION.contains(character)
}

fn quoted(characters: &[char]) -> String {
    let shown = |character: &char| if character.is_control() { character.escape_default().to_string() } else { character.to_string() };
    let texts: Vec<String> = characters.iter().map(|character| format!("`{}`", shown(character))).collect();
    texts.join(", ")
}
