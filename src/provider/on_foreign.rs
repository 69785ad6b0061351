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

    /// Returns `foreign_rules` of a plan: what was last read, or unknown where nothing was.
    ///
    /// `all` are the rules as they are, `stay` what is left of them once this plan is carried out.
    pub(super) fn planned(
        self,
        acknowledged: Option<&Value>,
        all: impl FnOnce() -> Option<Value>,
        stay: impl FnOnce(&Value) -> Option<Value>,
    ) -> Value {
        match (self, acknowledged) {
            (OnForeign::Ignore, _) => all(),
            (OnForeign::Report | OnForeign::Remove, None) => None,
            (OnForeign::Report | OnForeign::Remove, Some(acknowledged)) => stay(acknowledged),
        }
        .unwrap_or(Value::Unknown)
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
