//! A resource made of its record: it refuses what is recorded as refused, and keeps what it is given.

use std::collections::BTreeSet;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use terraform_provider_emc::plugin::{
    ApplyRequest, AttributePath, Diagnostic, Diagnostics, PlanRequest, PlanResponse, ReadRequest, Resource, Schema, StateResponse, Value,
};

use crate::official::Settings;
use crate::record::{Planned, Rules};

pub(crate) struct Rule {
    name: String,
    schema: Schema,
    rules: Rules,
    settings: Settings,
}

impl Rule {
    pub(crate) fn new(name: String, schema: Schema, rules: Rules, settings: Settings) -> Rule {
        Rule { name, schema, rules, settings }
    }

    /// What the plan knows of a computed attribute.
    fn planned(&self, source: &Planned, proposed: &Value) -> Value {
        match source {
            Planned::Setting(name) => self.settings.get().map_or(Value::Unknown, |settings| settings.get(name).clone()),
            Planned::EntriesOf(name) if proposed.get(name).is_null() => Value::map([] as [(&str, Value); 0]),
            Planned::EntriesOf(name) => proposed.get(name).clone(),
        }
    }

    /// The attributes of each kind of end that one of the two rules has and the other has not.
    fn exchanged(&self, prior: &Value, planned: &Value) -> Vec<AttributePath> {
        let set = |rule: &Value, names: &[String]| -> BTreeSet<String> {
            names.iter().filter(|name| !rule.get(name).is_null()).cloned().collect()
        };
        let kinds = self.rules.replaces_when_another_is_set.iter();
        let names = kinds.flat_map(|names| set(prior, names).symmetric_difference(&set(planned, names)).cloned().collect::<Vec<_>>());
        names.map(|name| AttributePath::root().attr(name)).collect()
    }
}

#[async_trait]
impl Resource for Rule {
    fn type_name(&self) -> &str {
        &self.name
    }

    fn schema(&self) -> Schema {
        self.schema.clone()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let faults = self.rules.provider.together(config).into_iter();
        faults.map(|fault| Diagnostic::error("Refused as the official provider does", format!("{}: {fault}.", self.name))).collect()
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let Some(mut proposed) = request.proposed else { return PlanResponse::planned(None) };
        for (name, source) in &self.rules.planned {
            if request.config.get(name).is_null() {
                let value = self.planned(source, &proposed);
                proposed.set_entry(name, value);
            }
        }
        let mut response = PlanResponse::default();
        if let Some(prior) = &request.prior {
            for name in self.rules.made.keys() {
                proposed.set_entry(name, prior.get(name).clone());
            }
            response.requires_replace = self.exchanged(prior, &proposed);
        }
        response.planned = Some(proposed);
        response
    }

    async fn read(&self, request: ReadRequest) -> StateResponse {
        StateResponse::state(request.state)
    }

    async fn apply(&self, request: ApplyRequest) -> StateResponse {
        let Some(mut rule) = request.planned else { return StateResponse::gone() };
        let faults = self.rules.cloud.faults(&rule);
        if !faults.is_empty() {
            let detail = format!("{}: {}.", self.name, faults.join("; "));
            return StateResponse::failed(Diagnostic::error("Refused as the cloud does", detail));
        }
        let serial = serial();
        for (name, pattern) in &self.rules.made {
            if !rule.get(name).is_known() {
                let made = filled(pattern, &rule, &serial);
                rule.set_entry(name, made.into());
            }
        }
        StateResponse::state(rule)
    }
}

/// Seventeen hexadecimal digits that no other rule of this machine has.
fn serial() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    format!("{:09x}{:08x}", process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// The pattern with `{serial}` and attributes in place of their names.
fn filled(pattern: &str, rule: &Value, serial: &str) -> String {
    let texts = rule.entries().filter_map(|(name, value)| value.as_str().map(|text| (name, text)));
    texts.chain([("serial", serial)]).fold(pattern.to_owned(), |made, (name, text)| made.replace(&format!("{{{name}}}"), text))
}
