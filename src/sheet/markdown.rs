//! A request as Markdown, for tickets and for people.

use std::fmt::Write as _;

use super::{COLUMNS, Sheet};

/// Returns the sheet as Markdown: what is assumed, a table, and what is still to be decided.
pub fn markdown(sheet: &Sheet) -> String {
    let mut text = format!("# Firewall request\n\n{}.\n\n", escaped(&sheet.origin));
    match &sheet.ephemeral {
        None => text.push_str(
            "The firewall is assumed to be stateful: each row is for connections that the source opens, and lets their replies pass. \
             For one that keeps no state, ask for the sheet with `ephemeral_ports`.\n\n",
        ),
        Some(ports) => {
            let _ = write!(
                text,
                "The firewall is assumed to keep no state: each request has a row for its replies, and clients connect from ports {ports}. \
                 A firewall that can tell replies by the ACK flag should ask for it in those rows.\n\n"
            );
        }
    }
    text.push_str(&line(COLUMNS.iter().map(|(title, _)| (*title).to_owned())));
    text.push_str(&format!("{}|\n", "|---".repeat(COLUMNS.len())));
    for row in &sheet.rows {
        text.push_str(&line(COLUMNS.iter().map(|(_, cell)| escaped(&cell(row)))));
    }
    if !sheet.without_address.is_empty() {
        let names: Vec<&str> = sheet.without_address.iter().map(|name| name.as_str()).collect();
        let _ = write!(text, "\nAddresses are still missing for: {}.\n", escaped(&names.join(", ")));
    }
    if sheet.has_multicast {
        text.push_str("\nMembers of a multicast group speak IGMP besides, and routers between them have to carry the group.\n");
    }
    if !sheet.questions.is_empty() {
        text.push_str("\n## Open questions\n\nRows with these numbers under `doubt` may change once they are answered; a question that no row has may add rows.\n\n");
        for (doubt, question) in &sheet.questions {
            let _ = writeln!(text, "- {}: {}", escaped(doubt), escaped(question));
        }
    }
    text
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.fold(String::new(), |line, cell| format!("{line}| {cell} "));
    line.push_str("|\n");
    line
}

/// Returns a text of one line in which nothing is markup, in a cell or out of it.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.trim().chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            letter if letter.is_control() || letter == '\u{2028}' || letter == '\u{2029}' => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
