//! A request as CSV (RFC 4180, with line feeds), for spreadsheets and for the tools of firewall teams.
//!
//! A spreadsheet takes a cell that begins like a formula for one, wherever it came from; and a separator of other countries splits what
//! is one cell here. Neither can happen with what this writes.

use super::{COLUMNS, Sheet};

/// Returns the sheet as CSV: a line of titles, then a line for each row.
pub fn csv(sheet: &Sheet) -> String {
    let mut text = line(COLUMNS.iter().map(|(title, _)| (*title).to_owned()));
    for row in &sheet.rows {
        text.push_str(&line(COLUMNS.iter().map(|(_, cell)| cell(row))));
    }
    text
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| quoted(&harmless(&cell))).collect();
    format!("{}\n", cells.join(","))
}

/// What makes a formula of a cell; the wide forms count where East Asian letters are typed.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Returns a text of one line that no spreadsheet computes or splits.
pub(super) fn harmless(text: &str) -> String {
    let one_line: String = text
        .chars()
        .map(|letter| match letter {
            ';' => ',',
            letter if letter.is_control() || letter == '\u{2028}' || letter == '\u{2029}' => ' ',
            letter => letter,
        })
        .collect();
    let trimmed = one_line.trim();
    if trimmed.starts_with(FORMULA) { format!("'{trimmed}") } else { trimmed.to_owned() }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
