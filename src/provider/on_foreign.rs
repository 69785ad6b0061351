//! The argument `on_foreign`: what is done about rules that this provider did not make, the same for every cloud.

use crate::plugin::Value;

/// How the text of a rule begins that was acknowledged and is not there any more.
const GONE: &str = "gone already: ";

/// What is done about rules in our groups that this provider did not make.
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

    /// Returns what the last apply acknowledged, where it says of what is not live any more that it is gone: the next plan takes it out
    /// of the state, and nobody shall believe that the apply does.
    ///
    /// `is_live` says whether a rule is there, by its placement and its key, whoever has it now.
    pub(super) fn told_gone(self, acknowledged: &Value, is_live: impl Fn(&str, &str) -> bool) -> Value {
        let mut told = acknowledged.clone();
        if self == OnForeign::Ignore {
            return told;
        }
        for (placement, entries) in acknowledged.entries() {
            let gone = entries.entries().filter(|(key, _)| !is_live(placement, key));
            let mut now = entries.clone();
            for (key, text) in gone {
                let text = text.as_str().unwrap_or_default();
                let what = text.strip_prefix("left alone: ").or_else(|| text.split_once(", left alone: ").map(|(what, _)| what));
                if !text.starts_with(GONE) {
                    now.set_entry(key, Value::string(format!("{GONE}{}", what.unwrap_or(text))));
                }
            }
            told.set_entry(placement, now);
        }
        told
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
