//! The port matrix as tables for people: flows, rows as printed, doubts, implied traffic, names.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use terraform_provider_emc::matrix::{
    ComponentId, ComponentKind, DefaultState, Doubt, DoubtId, Flow, FlowId, Matrix, Origin, Party, Settlement, Weight,
};

/// Returns one part: `flows`, `rows`, `implied-flows`, `doubts`, `implied`, `components`, `roles` or `document`.
pub(super) fn part(name: &str) -> String {
    let matrix = Matrix::embedded();
    let text = match name {
        "flows" => flows(matrix, Origin::Printed),
        "implied-flows" => flows(matrix, Origin::Implied),
        "rows" => rows(matrix),
        "doubts" => doubts(matrix),
        "implied" => implied(matrix),
        "components" => components(matrix),
        "roles" => roles(matrix),
        "document" => document(matrix),
        _ => panic!("the port matrix has no part `{name}`"),
    };
    text.trim_end().to_owned()
}

fn document(matrix: &Matrix) -> String {
    let document = matrix.document();
    format!(
        "Read from *{}*, about {}, issue {} (\"{}\"), {}.\n\n{}\n",
        document.title, document.product, document.issue, document.status, document.date, document.notice
    )
}

/// Flows by row; those of a listener stand together in the print already.
fn flows(matrix: &Matrix, origin: Origin) -> String {
    let mut flows: Vec<&Flow> = matrix.flows().values().filter(|flow| flow.origin == origin).collect();
    flows.sort_by_key(|flow| (flow.row, &flow.id));
    let (title, line) = if origin == Origin::Printed { ("| Row ", "|--:") } else { ("", "") };
    let mut table = format!("{title}| Flow | Opened by | Port | Transport | What for | Doubts |\n{line}|---|---|---|---|---|---|\n");
    for flow in flows {
        let row = flow.row.map_or(String::new(), |row| format!("| {row} "));
        let port = flow.port.map_or_else(|| "not printed".to_owned(), |port| format!("{} {port}", flow.protocol));
        let _ = writeln!(
            table,
            "{row}| `{}` | {} | {port} | {} | {} | {} |",
            flow.id,
            opened_by(flow),
            transport(flow),
            cell(&flow.description),
            doubt_links(&flow.doubts),
        );
    }
    table
}

fn opened_by(flow: &Flow) -> String {
    match (&flow.held, flow.initiators.is_empty()) {
        (Some(held), true) => format!("held: {held}"),
        (Some(held), false) => format!("held: {held} (printed: {})", parties(&flow.initiators)),
        (None, _) => parties(&flow.initiators),
    }
}

fn transport(flow: &Flow) -> String {
    let mut words = vec![flow.transport.as_str().to_owned()];
    if flow.management {
        words.push("management".to_owned());
    }
    if let Some(multicast) = &flow.multicast {
        words.push(multicast.group.map_or_else(|| "multicast".to_owned(), |group| format!("multicast {group}")));
    }
    if flow.same_host.is_some() {
        words.push("same host".to_owned());
    }
    if flow.default_state == DefaultState::Closed && flow.origin == Origin::Printed {
        words.push("closed as shipped".to_owned());
    }
    if flow.optional == Some(true) {
        words.push("optional".to_owned());
    }
    words.join(", ")
}

fn rows(matrix: &Matrix) -> String {
    let mut table = String::from(
        "| Row | Source | Source port | Destination | Port | Protocol | Optional | State |\n|--:|---|---|---|---|---|---|---|\n",
    );
    for row in matrix.rows() {
        let cells = [&row.source, &row.source_port, &row.destination, &row.port, &row.protocol, &row.optional, &row.state];
        let cells: Vec<String> = cells.into_iter().map(|text| cell(text)).collect();
        let _ = writeln!(table, "| {} | {} |", row.number, cells.join(" | "));
    }
    table
}

fn doubts(matrix: &Matrix) -> String {
    let mut all: Vec<&Doubt> = matrix.doubts().values().collect();
    all.sort_by_key(|doubt| (doubt.weight, number(doubt.id.as_str())));
    let mut text = String::new();
    let mut weight = None;
    for doubt in all {
        if weight != Some(doubt.weight) {
            weight = Some(doubt.weight);
            let _ = writeln!(text, "### {}\n\n{}\n", weight_title(doubt.weight), weight_meaning(doubt.weight));
        }
        let flows = if doubt.flows.is_empty() { "The table as a whole".to_owned() } else { flow_names(&doubt.flows) };
        let _ = write!(
            text,
            "<a id=\"{}\"></a>\n**{}** {}.\n\n- Flows: {flows}.\n- What is printed: {}.\n- What is done: {}.\n- To check: {}.\n",
            doubt.id.as_str().to_lowercase(),
            doubt.id,
            doubt.question,
            doubt.problem,
            doubt.reading,
            doubt.check,
        );
        if !doubt.asked_where.is_empty() {
            let _ = writeln!(text, "- Asked as well where {} is placed.", component_names(&doubt.asked_where));
        }
        if let Some(settled) = settled(doubt) {
            let _ = writeln!(text, "- {settled}.");
        }
        text.push('\n');
    }
    text
}

fn weight_title(weight: Weight) -> &'static str {
    match weight {
        Weight::Decide => "To decide: changes what must be open on this site",
        Weight::Check => "To check: verify once",
        Weight::Know => "To know",
    }
}

fn weight_meaning(weight: Weight) -> &'static str {
    match weight {
        Weight::Decide => "Asked in plans of sites that have such flows, until settled.",
        Weight::Check => "No plan asks. What was found out can be written into `policy.answers` all the same.",
        Weight::Know => "No plan asks.",
    }
}

/// Says which settings leave no question, as the expansion decides it; nothing where nobody asks.
fn settled(doubt: &Doubt) -> Option<String> {
    if doubt.weight != Weight::Decide {
        return None;
    }
    if doubt.settled_by.contains(&Settlement::Transport) {
        let text = "Asked only under `prefer_secure` and `secure_only`; settled by `policy.answers`, or by staying with `as_listed`";
        return Some(text.to_owned());
    }
    let settings: Vec<String> = doubt.settled_by.iter().map(|setting| setting_name(*setting, doubt)).collect();
    Some(match settings.as_slice() {
        [] => "Settled by `policy.answers` alone".to_owned(),
        settings => format!("Settled by {}, or by `policy.answers`", settings.join(" or ")),
    })
}

fn setting_name(setting: Settlement, doubt: &Doubt) -> String {
    let several = doubt.flows.len() > 1;
    let which = match setting {
        Settlement::Initiators if several => " once it names who opens each of these flows that is in use",
        Settlement::Ports if several => " once it has some for each of these flows without a number",
        Settlement::Initiators | Settlement::ManagementFrom | Settlement::Ports | Settlement::Mail | Settlement::Roles => "",
        Settlement::Transport => unreachable!("it has a sentence of its own"),
    };
    format!("`policy.{setting}`{which}")
}

fn implied(matrix: &Matrix) -> String {
    let mut all: Vec<_> = matrix.implied().values().collect();
    all.sort_by_key(|implied| number(&implied.id));
    let mut table = String::from("| | What the text says | Flows that stand for it |\n|---|---|---|\n");
    for implied in all {
        let _ = writeln!(table, "| {} | {} | {} |", implied.id, cell(&implied.text), flow_names(&implied.flows));
    }
    table
}

fn components(matrix: &Matrix) -> String {
    let mut table = String::from("| Name | Product | Kind | What it is |\n|---|---|---|---|\n");
    let mut all: Vec<_> = matrix.components().values().collect();
    all.sort_by_key(|component| (component.kind, component.id.clone()));
    for component in all {
        let kind = match component.kind {
            ComponentKind::Emc => "EMC".to_owned(),
            ComponentKind::Inside => "no network of its own".to_owned(),
            ComponentKind::Database => {
                component.hosted_by.as_ref().map_or_else(|| "database".to_owned(), |host| format!("database, places `{host}`"))
            }
            ComponentKind::External => "external".to_owned(),
        };
        let _ = writeln!(table, "| `{}` | {} | {kind} | {} |", component.id, cell(&component.title), cell(&component.description));
    }
    table
}

fn roles(matrix: &Matrix) -> String {
    let mut table = String::from("| Name | Members | Who they are |\n|---|---|---|\n");
    for role in matrix.roles().values() {
        let members: Vec<String> = role.members.iter().map(|member| format!("`{member}`")).collect();
        let _ = writeln!(table, "| `{}` | {} | {} |", role.id, members.join(" "), cell(&role.description));
    }
    table
}

fn parties(parties: &BTreeSet<Party>) -> String {
    let names: Vec<String> = parties.iter().map(|party| format!("`{party}`")).collect();
    names.join(" ")
}

fn component_names(components: &BTreeSet<ComponentId>) -> String {
    let names: Vec<String> = components.iter().map(|component| format!("`{component}`")).collect();
    names.join(" or ")
}

fn flow_names(flows: &BTreeSet<FlowId>) -> String {
    let names: Vec<String> = flows.iter().map(|flow| format!("`{flow}`")).collect();
    names.join(", ")
}

fn doubt_links(doubts: &BTreeSet<DoubtId>) -> String {
    let mut doubts: Vec<&str> = doubts.iter().map(DoubtId::as_str).collect();
    doubts.sort_by_key(|doubt| number(doubt));
    doubts.iter().map(|doubt| format!("[{doubt}](#{})", doubt.to_lowercase())).collect::<Vec<_>>().join(" ")
}

/// `A9` comes before `A12`.
fn number(id: &str) -> u32 {
    id.trim_start_matches(|character: char| !character.is_ascii_digit()).parse().unwrap()
}

/// Text that stays inside of a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}
