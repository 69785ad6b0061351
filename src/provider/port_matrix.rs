//! The data source `emc_port_matrix`: the table in force, as printed and as read, with every doubt.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use super::table::Table;
use crate::matrix::{Component, ComponentId, Doubt, DoubtId, Flow, FlowId, Implied, Matrix, Party, Role, Row, Transport};
use crate::plugin::{
    Attribute, AttributePath, Block, DataRequest, DataResponse, DataSource, Diagnostic, Diagnostics, NestedBlock, Schema, Type, Value,
    validator,
};
use crate::suggest;

#[derive(Debug)]
pub(super) struct PortMatrix {
    table: Arc<Table>,
}

impl PortMatrix {
    pub(super) fn new(table: Arc<Table>) -> PortMatrix {
        PortMatrix { table }
    }
}

#[async_trait]
impl DataSource for PortMatrix {
    fn type_name(&self) -> &str {
        "emc_port_matrix"
    }

    fn schema(&self) -> Schema {
        let text = || Type::String;
        let words = || Type::list(Type::String);
        let row = Type::object([
            ("number", Type::Number),
            ("part", Type::Number),
            ("source", text()),
            ("source_port", text()),
            ("destination", text()),
            ("port", text()),
            ("protocol", text()),
            ("optional", text()),
            ("state", text()),
        ]);
        let flow = Type::object(flow_fields());
        let component = Type::object([("title", text()), ("kind", text()), ("hosted_by", text()), ("description", text())]);
        let role = Type::object([("title", text()), ("members", words()), ("description", text())]);
        let doubt = Type::object([
            ("weight", text()),
            ("question", text()),
            ("problem", text()),
            ("reading", text()),
            ("check", text()),
            ("settled_by", words()),
            ("flows", words()),
        ]);
        let implied = Type::object([("text", text()), ("flows", words())]);
        let document = Type::object([
            ("title", text()),
            ("product", text()),
            ("issue", text()),
            ("status", text()),
            ("date", text()),
            ("notice", text()),
        ]);
        let transports: Vec<&str> = Transport::ALL.iter().map(|transport| transport.as_str()).collect();
        let filter = Block::new([
            Attribute::optional("components", Type::set(Type::String))
                .description("Only flows that one of these components or roles opens or accepts, and their rows."),
            Attribute::optional("transports", Type::set(Type::String))
                .description("Only flows of these kinds: `plain`, `secure`, `either`.")
                .validate(validator::each(validator::one_of(transports))),
            Attribute::optional("doubts", Type::set(Type::String)).description("Only flows that one of these doubts is about."),
            Attribute::optional("management", Type::Bool).description("Only management flows, or only others."),
        ])
        .description(
            "Narrows `flows` and `rows`. What is given must all hold, and an empty set holds for no flow; everything else stays whole.",
        );
        let attributes = [
            Attribute::computed("document", document).description("What the vendor's document says of itself, and `notice`: its standing and what no row covers."),
            Attribute::computed("release", Type::String).description("The EMC release that the table is for."),
            Attribute::computed("rows", Type::list(row)).description("The table as printed, in print order: `\"\"` where it is blank, merged cells resolved."),
            Attribute::computed("flows", Type::map(flow)).description(
                "The table as read: flow id to what opens, what listens, on which port. `row` is null for flows that only the text implies; \
                 `optional` is null where the print is blank; `port` is null where the document gives none.",
            ),
            Attribute::computed("components", Type::map(component)).description("Everything that can be placed. `kind` is `emc`, `inside` (no network of its own), `database` or `external`."),
            Attribute::computed("roles", Type::map(role)).description("Names for several components at once, usable wherever a component is, except as members in `policy.roles`, which takes components alone."),
            Attribute::computed("doubts", Type::map(doubt)).description(
                "What the print leaves open: `weight` is `decide` (changes what must be open), `check` (verify once) or `know`; `question` stands alone in a plan; `problem` is what is printed and why it is doubtful; \
                 `reading` is what is done until a site answers; `check` is what to look at on site; `settled_by` names the settings of `policy` that decide it, besides `answers`.",
            ),
            Attribute::computed("implied", Type::map(implied)).description("Traffic that the text implies and no row lists, with the flows that stand for it."),
            Attribute::computed("json", Type::String).description("The whole table as JSON, for `matrix_file`."),
            Attribute::computed("schema", Type::String).description("The JSON Schema of that file."),
            Attribute::computed("sha256", Type::String).description("SHA-256 of `json`."),
            Attribute::computed("embedded", Type::Bool).description("Whether this is the table that came with the provider."),
        ];
        let block = Block::new(attributes).blocks([NestedBlock::single("filter", filter)]).description(
            "The port matrix in force: rows as printed, flows as read, components, roles, doubts and implied traffic. \
             Derived from the vendor's port matrix of Call Center Elite Multichannel 6.6 (issue 0.1, initial draft); not endorsed by the vendor, provided as is.",
        );
        Schema::new(block)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match self.table.in_force() {
            Some(matrix) => check_filter(&matrix, config.get("filter")),
            None => Diagnostics::new(),
        }
    }

    async fn read(&self, request: DataRequest) -> DataResponse {
        let Some(matrix) = self.table.in_force() else {
            let detail =
                "The provider's `matrix_file` is not known yet, so neither is the table. Give a path that is known when Terraform plans.";
            return DataResponse::failed(Diagnostic::error("Unknown port matrix", detail));
        };
        let mut state = request.config;
        let wrong = check_filter(&matrix, state.get("filter"));
        if wrong.has_errors() {
            return DataResponse::failed(wrong);
        }
        let flows: Vec<&Flow> = matrix.flows().values().filter(|flow| passes(&matrix, state.get("filter"), flow)).collect();
        let numbers: BTreeSet<u16> = flows.iter().filter_map(|flow| flow.row).collect();
        let rows = matrix.rows().iter().filter(|row| state.get("filter").is_null() || numbers.contains(&row.number));
        let document = matrix.document();
        let values = [
            (
                "document",
                texts(&[
                    ("title", &document.title),
                    ("product", &document.product),
                    ("issue", &document.issue),
                    ("status", &document.status),
                    ("date", &document.date),
                    ("notice", &document.notice),
                ]),
            ),
            ("release", Value::string(matrix.release())),
            ("rows", Value::list(rows.map(row))),
            ("flows", Value::map(flows.into_iter().map(|each| (each.id.to_string(), flow(each))))),
            ("components", Value::map(matrix.components().values().map(|each| (each.id.to_string(), component(each))))),
            ("roles", Value::map(matrix.roles().values().map(|each| (each.id.to_string(), role(each))))),
            ("doubts", Value::map(matrix.doubts().values().map(|each| (each.id.to_string(), doubt(each))))),
            ("implied", Value::map(matrix.implied().values().map(|each| (each.id.clone(), implied(each))))),
            ("json", Value::string(matrix.json())),
            ("schema", Value::string(Matrix::schema_json())),
            ("sha256", Value::string(matrix.sha256())),
            ("embedded", Value::Bool(matrix.is_embedded())),
        ];
        values.into_iter().for_each(|(name, value)| state.set_entry(name, value));
        DataResponse::state(state)
    }
}

/// Says which names in the filter are unknown to the matrix.
fn check_filter(matrix: &Matrix, filter: &Value) -> Diagnostics {
    let parties = || matrix.components().keys().map(ComponentId::as_str).chain(matrix.roles().keys().map(|role| role.as_str()));
    let doubts = || matrix.doubts().keys().map(DoubtId::as_str);
    let of_release = format!("is neither a component nor a role of EMC {}", matrix.release());
    let mut diagnostics = Diagnostics::new();
    let mut check = |attribute: &str, what: &str, fault: &str, known: Vec<&str>| {
        for word in filter.get(attribute).elements().iter().filter_map(Value::as_str).filter(|word| !known.contains(word)) {
            let near = suggest::nearest(word, known.iter().copied());
            let remedy = near.map_or_else(|| format!("Leave `{attribute}` out to see them all."), |near| format!("Did you mean `{near}`?"));
            let path = AttributePath::root().attr("filter").attr(attribute);
            diagnostics.push(Diagnostic::error(format!("Unknown {what}"), format!("`{word}` {fault}. {remedy}")).at(&path));
        }
    };
    check("components", "component or role", &of_release, parties().collect());
    check("doubts", "doubt", "is not a doubt of the port matrix", doubts().collect());
    diagnostics
}

fn passes(matrix: &Matrix, filter: &Value, flow: &Flow) -> bool {
    let given = |name: &str| Some(filter.get(name)).filter(|value| !value.is_null());
    let names =
        |value: &Value| -> BTreeSet<String> { value.elements().iter().filter_map(|word| word.as_str().map(str::to_owned)).collect() };
    let by_component = given("components").is_none_or(|value| {
        let wanted: BTreeSet<ComponentId> = names(value).iter().flat_map(|name| named(matrix, name)).collect();
        let ends = flow.multicast.iter().flat_map(|multicast| multicast.senders.iter().chain(&multicast.receivers)).chain(&flow.initiators);
        wanted.contains(&flow.listener) || ends.flat_map(|party| matrix.members(party)).any(|component| wanted.contains(component))
    });
    let by_transport = given("transports").is_none_or(|value| names(value).contains(flow.transport.as_str()));
    let by_doubt = given("doubts").is_none_or(|value| names(value).iter().any(|doubt| flow.doubts.contains(doubt.as_str())));
    let by_purpose = given("management").and_then(Value::as_bool).is_none_or(|management| flow.management == management);
    by_component && by_transport && by_doubt && by_purpose
}

fn named(matrix: &Matrix, name: &str) -> Vec<ComponentId> {
    match matrix.roles().get(name) {
        Some(role) => role.members.iter().cloned().collect(),
        None => vec![ComponentId::new(name)],
    }
}

fn row(row: &Row) -> Value {
    let Row { number, part, source, source_port, destination, port, protocol, optional, state } = row;
    let mut value = texts(&[
        ("source", source),
        ("source_port", source_port),
        ("destination", destination),
        ("port", port),
        ("protocol", protocol),
        ("optional", optional),
        ("state", state),
    ]);
    value.set_entry("number", number_of(*number));
    value.set_entry("part", number_of(*part));
    value
}

/// The attributes of a flow as this data source and the function `flows` show it.
pub(super) fn flow_fields() -> [(&'static str, Type); 20] {
    let text = || Type::String;
    let words = || Type::list(Type::String);
    [
        ("row", Type::Number),
        ("part", Type::Number),
        ("listener", text()),
        ("initiators", words()),
        ("senders", words()),
        ("receivers", words()),
        ("port", Type::Number),
        ("protocol", text()),
        ("transport", text()),
        ("application", text()),
        ("purpose", text()),
        ("optional", Type::Bool),
        ("default_state", text()),
        ("multicast_group", text()),
        ("twins", words()),
        ("held", Type::Bool),
        ("origin", text()),
        ("configurable", text()),
        ("doubts", words()),
        ("description", text()),
    ]
}

/// The values of [`flow_fields`].
pub(super) fn flow(flow: &Flow) -> Value {
    let parties = |parties: &BTreeSet<Party>| words(parties.iter().map(Party::as_str));
    let multicast = flow.multicast.as_ref();
    Value::object([
        ("row", flow.row.map_or(Value::Null, number_of)),
        ("part", flow.part.map_or(Value::Null, number_of)),
        ("listener", Value::string(flow.listener.as_str())),
        ("initiators", parties(&flow.initiators)),
        ("senders", multicast.map_or_else(|| words([]), |multicast| parties(&multicast.senders))),
        ("receivers", multicast.map_or_else(|| words([]), |multicast| parties(&multicast.receivers))),
        ("port", flow.port.map_or(Value::Null, |port| number_of(port.first()))),
        ("protocol", Value::string(flow.protocol.as_str())),
        ("transport", Value::string(flow.transport.as_str())),
        ("application", Value::string(&flow.application)),
        ("purpose", Value::string(if flow.management { "management" } else { "service" })),
        ("optional", flow.optional.map_or(Value::Null, Value::Bool)),
        ("default_state", Value::string(flow.default_state.as_str())),
        ("multicast_group", multicast.and_then(|multicast| multicast.group).map_or(Value::Null, |group| Value::string(group.to_string()))),
        ("twins", words(flow.twins.iter().map(|twin| twin.flow.as_str()))),
        ("held", Value::Bool(flow.held.is_some())),
        ("origin", Value::string(flow.origin.as_str())),
        ("configurable", Value::string(&flow.configurable)),
        ("doubts", words(flow.doubts.iter().map(DoubtId::as_str))),
        ("description", Value::string(&flow.description)),
    ])
}

fn component(component: &Component) -> Value {
    let Component { id: _, title, kind, hosted_by, description } = component;
    let mut value = texts(&[("title", title), ("description", description)]);
    value.set_entry("kind", Value::string(kind.as_str()));
    value.set_entry("hosted_by", hosted_by.as_ref().map_or(Value::Null, |host| Value::string(host.as_str())));
    value
}

fn role(role: &Role) -> Value {
    let Role { id: _, title, members, description } = role;
    let mut value = texts(&[("title", title), ("description", description)]);
    value.set_entry("members", words(members.iter().map(ComponentId::as_str)));
    value
}

fn doubt(doubt: &Doubt) -> Value {
    let Doubt { id: _, weight, global: _, question, problem, reading, check, settled_by, asked_where: _, flows } = doubt;
    let mut value = texts(&[("question", question), ("problem", problem), ("reading", reading), ("check", check)]);
    value.set_entry("weight", Value::string(weight.as_str()));
    value.set_entry("settled_by", words(settled_by.iter().map(|setting| setting.as_str())));
    value.set_entry("flows", words(flows.iter().map(FlowId::as_str)));
    value
}

fn implied(implied: &Implied) -> Value {
    let mut value = texts(&[("text", &implied.text)]);
    value.set_entry("flows", words(implied.flows.iter().map(FlowId::as_str)));
    value
}

fn texts(entries: &[(&str, &String)]) -> Value {
    Value::object(entries.iter().map(|(name, text)| (*name, Value::string(text.as_str()))))
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    Value::list(words.into_iter().map(Value::string))
}

fn number_of(number: u16) -> Value {
    Value::from(i64::from(number))
}
