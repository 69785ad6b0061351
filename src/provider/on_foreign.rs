//! The argument `on_foreign`: what is done about rules that nobody here made, the same for every cloud.

use crate::plugin::Value;

/// What is done about rules in our groups that nobody here made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnForeign {
    Ignore,
    Report,
    Remove,
}

impl OnForeign {
    /// Reads the argument of a resource.
    pub(super) fn read(value: &Value) -> OnForeign {
        let written = value.get("on_foreign").as_str();
        OnForeign::ALL.into_iter().find(|choice| written == Some(choice.as_str())).unwrap_or(OnForeign::Report)
    }

    pub(super) const ALL: [OnForeign; 3] = [OnForeign::Ignore, OnForeign::Report, OnForeign::Remove];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            OnForeign::Ignore => "ignore",
            OnForeign::Report => "report",
            OnForeign::Remove => "remove",
        }
    }
}
