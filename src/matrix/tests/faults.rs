//! What a practitioner reads when an own file is wrong: exact texts, with place and path.

use proptest::prelude::*;

use crate::matrix::Matrix;

/// A small file that is right.
pub(super) const SMALL: &str = r#"{
  "format": 1,
  "release": "1.0",
  "document": { "title": "T", "product": "P", "issue": "1", "status": "S", "date": "D", "notice": "N" },
  "components": {
    "agent": { "kind": "emc", "title": "Agent", "description": "Calls" },
    "server": { "kind": "emc", "title": "Server", "description": "Answers" },
    "disk": { "kind": "database", "title": "Disk", "hosted_by": "server", "description": "Keeps" }
  },
  "roles": {
    "callers": { "title": "Callers", "members": ["agent"], "description": "Who calls" }
  },
  "rows": [
    { "number": 1, "part": 1, "source": "Agent", "source_port": "", "destination": "Server", "port": "80", "protocol": "TCP", "optional": "No", "state": "" },
    { "number": 2, "part": 2, "source": "Agent", "source_port": "", "destination": "Server", "port": "90", "protocol": "UDP", "optional": "", "state": "" }
  ],
  "flows": {
    "server.80": {
      "row": 1, "listener": "server", "initiators": ["agent", "callers"],
      "port": 80, "protocol": "tcp", "transport": "plain",
      "optional": false, "default_state": "open", "twins": [{ "flow": "server.443" }],
      "doubts": ["A1"],
      "description": "Calls"
    },
    "server.443": {
      "row": null, "listener": "server", "initiators": ["agent"],
      "port": "443", "protocol": "tcp", "transport": "secure",
      "optional": null, "default_state": "closed", "twins": [{ "flow": "server.80" }],
      "description": "Calls, encrypted"
    },
    "server.90": {
      "row": 2, "listener": "server", "initiators": ["agent"],
      "multicast": { "group": "239.1.2.3", "senders": ["server"], "receivers": ["callers"], "consequence": "nobody hears" },
      "port": 90, "protocol": "udp", "transport": "plain",
      "optional": null, "default_state": "open",
      "description": "Calls to all"
    }
  },
  "doubts": {
    "A1": { "weight": "check", "question": "Q", "problem": "P", "reading": "R", "check": "C" }
  },
  "implied": {
    "I1": { "text": "T", "flows": ["server.80"] }
  }
}
"#;

/// Faults of shape, which the schema finds as well: what to replace, by what, what is said.
pub(super) const SHAPE: &[(&str, &str, &str)] = &[
    (r#""format": 1,"#, "", "line 1, column 1: key `format` is missing; a port matrix begins with \"format\": 1"),
    (
        r#""format": 1"#,
        r#""format": 2"#,
        "line 2, column 13, at format: format 2 is not known to this release of the provider, which reads format 1",
    ),
    (r#""format": 1"#, r#""format": "1""#, "line 2, column 13, at format: expected the number 1, found a text"),
    (r#""release": "1.0","#, "", "line 1, column 1: key `release` is missing"),
    (r#""release": "1.0""#, r#""release": 1.0"#, "line 3, column 14, at release: expected a text, found a number"),
    (r#""title": "T""#, r#""title": """#, "line 4, column 26, at document.title: this text must not be empty"),
    (r#""title": "T""#, r#""title": "T\nT""#, "line 4, column 26, at document.title: a text here is one line without control characters"),
    (
        r#""agent": { "kind": "emc""#,
        r#""agent": { "kind": "part""#,
        "line 6, column 24, at components.agent.kind: expected `emc`, `inside`, `database` or `external`, found `part`",
    ),
    (
        r#""hosted_by": "server", "#,
        "",
        "line 8, column 13, at components.disk: key `hosted_by` is missing; a database is placed where its server is",
    ),
    (
        r#""title": "Agent","#,
        r#""title": "Agent", "hosted_by": "server","#,
        "line 6, column 62, at components.agent.hosted_by: only a database is hosted by another component",
    ),
    (
        r#"["agent"], "description": "Who"#,
        r#"[], "description": "Who"#,
        "line 11, column 49, at roles.callers.members: a role needs at least one member",
    ),
    (r#""number": 1"#, r#""number": 0"#, "line 14, column 17, at rows[0].number: expected a whole number from 1 to 65535, found 0"),
    (r#", "state": "" }"#, " }", "line 14, column 5, at rows[0]: key `state` is missing"),
    (
        r#""initiators": ["agent", "callers"]"#,
        r#""initators": ["agent", "callers"]"#,
        "line 19, column 39, at flows[\"server.80\"].initators: unknown key `initators`; did you mean `initiators`?\n\
         line 18, column 18, at flows[\"server.80\"]: key `initiators` is missing",
    ),
    (
        r#""doubts": ["A1"],"#,
        r#""doubts": ["A1"], "colour": "red","#,
        "line 22, column 25, at flows[\"server.80\"].colour: unknown key `colour`; known here: `row`, `listener`, `initiators`, \
         `multicast`, `port`, `protocol`, `transport`, `application`, `management`, `optional`, `default_state`, `mail`, `twins`, \
         `held`, `same_host`, `configurable`, `without`, `doubts` and `description`",
    ),
    (
        r#"["agent", "callers"]"#,
        r#"["agent", "agent"]"#,
        "line 19, column 63, at flows[\"server.80\"].initiators[1]: `agent` is given twice",
    ),
    (
        r#""initiators": ["agent", "callers"]"#,
        r#""initiators": "agent""#,
        "line 19, column 53, at flows[\"server.80\"].initiators: expected a list, found a text",
    ),
    (
        r#""port": 80,"#,
        r#""port": 70000,"#,
        "line 20, column 15, at flows[\"server.80\"].port: `70000` is not a port; ports go from 1 to 65535",
    ),
    (
        r#""port": 80,"#,
        r#""port": 0,"#,
        "line 20, column 15, at flows[\"server.80\"].port: port 0 cannot be opened; ports go from 1 to 65535",
    ),
    (
        r#""port": 80,"#,
        r#""port": true,"#,
        "line 20, column 15, at flows[\"server.80\"].port: expected a port, a range such as \"3000-3010\" or null, found true or false",
    ),
    (
        r#""protocol": "tcp""#,
        r#""protocol": "TCP""#,
        "line 20, column 31, at flows[\"server.80\"].protocol: expected `tcp` or `udp`, found `TCP`",
    ),
    (
        r#""optional": false"#,
        r#""optional": "No""#,
        "line 21, column 19, at flows[\"server.80\"].optional: expected true, false or null, found a text",
    ),
    (
        r#""doubts": ["A1"],"#,
        r#""doubts": ["A1"], "management": null,"#,
        "line 22, column 39, at flows[\"server.80\"].management: expected true or false, found null",
    ),
    (
        r#""doubts": ["A1"],"#,
        r#""doubts": ["A1"], "held": "","#,
        "line 22, column 33, at flows[\"server.80\"].held: this text must not be empty",
    ),
    (
        r#""239.1.2.3""#,
        r#""10.1.2.3""#,
        "line 33, column 31, at flows[\"server.90\"].multicast.group: `10.1.2.3` is not a multicast group; \
         groups go from 224.0.0.0 to 239.255.255.255",
    ),
    (r#""239.1.2.3""#, r#""239.1.2""#, "line 33, column 31, at flows[\"server.90\"].multicast.group: `239.1.2` is not an IPv4 address"),
    (
        r#""receivers": ["callers"]"#,
        r#""receivers": []"#,
        "line 33, column 80, at flows[\"server.90\"].multicast.receivers: multicast without anybody at this end",
    ),
    (
        r#""I1": {"#,
        r#""note": {"#,
        "line 43, column 13, at implied.note: `note` is not a number of this kind; write I and digits, such as I7",
    ),
    (r#""rows": ["#, r#""rows": [ 7,"#, "line 13, column 13, at rows[0]: expected an object, found a number"),
];

/// Faults between the parts of a file, which no schema finds.
const MEANING: &[(&str, &str, &str)] = &[
    (
        r#"["agent", "callers"]"#,
        r#"["agent", "caller"]"#,
        "line 19, column 63, at flows[\"server.80\"].initiators[1]: unknown component or role `caller`; did you mean `callers`?",
    ),
    (
        r#"["agent", "callers"]"#,
        r#"["agent", "firewall"]"#,
        "line 19, column 63, at flows[\"server.80\"].initiators[1]: unknown component or role `firewall`",
    ),
    (
        r#""listener": "server""#,
        r#""listener": "callers""#,
        "line 19, column 29, at flows[\"server.80\"].listener: `callers` is a role; a single component is needed here",
    ),
    (
        r#""hosted_by": "server""#,
        r#""hosted_by": "sever""#,
        "line 8, column 65, at components.disk.hosted_by: unknown component `sever`; did you mean `server`?",
    ),
    (
        r#""callers": {"#,
        r#""server": {"#,
        "line 11, column 15, at roles.server: `server` is a component too; a role needs a name of its own\n\
         line 19, column 63, at flows[\"server.80\"].initiators[1]: unknown component or role `callers`\n\
         line 33, column 81, at flows[\"server.90\"].multicast.receivers[0]: unknown component or role `callers`",
    ),
    (
        r#""A1": {"#,
        r#""A1": { "asked_where": ["sever"],"#,
        "line 40, column 29, at doubts.A1.asked_where[0]: unknown component `sever`; did you mean `server`?",
    ),
    (r#"["A1"]"#, r#"["A2"]"#, "line 22, column 18, at flows[\"server.80\"].doubts[0]: unknown doubt `A2`"),
    (
        r#"{ "flow": "server.443" }"#,
        r#"{ "flow": "server.43" }"#,
        "line 21, column 71, at flows[\"server.80\"].twins[0].flow: unknown flow `server.43`; did you mean `server.443`?",
    ),
    (
        r#""flows": ["server.80"]"#,
        r#""flows": ["server.8"]"#,
        "line 43, column 36, at implied.I1.flows[0]: unknown flow `server.8`; did you mean `server.80`?",
    ),
    (r#""row": 1"#, r#""row": 3"#, "line 19, column 14, at flows[\"server.80\"].row: row 3 does not exist; rows go from 1 to 2"),
    (
        r#""number": 2"#,
        r#""number": 3"#,
        "line 15, column 5, at rows[1]: expected row 2 here, found row 3; rows are numbered in print order",
    ),
    (
        r#""number": 1, "part": 1"#,
        r#""number": 1, "part": 3"#,
        "line 15, column 5, at rows[1]: part 2 after part 3; rows stand in print order",
    ),
    (
        r#""port": "443""#,
        r#""port": "443-440""#,
        "line 27, column 15, at flows[\"server.443\"].port: `443-440` is reversed; write `440-443`",
    ),
    (r#""server.90": {"#, r#""server.80": {"#, "line 31, column 5, at flows[\"server.80\"]: `server.80` is given twice"),
    (r#""row": 2,"#, r#""row": 2, "row": 2,"#, "line 32, column 17, at flows[\"server.90\"].row: `row` is given twice"),
    (
        r#""server.90": {"#,
        r#""agent.90": {"#,
        "line 31, column 5, at flows[\"agent.90\"]: `agent.90` is not an id of a flow to `server`; write `server.` and the printed port",
    ),
    (
        r#""initiators": ["agent", "callers"]"#,
        r#""initiators": []"#,
        "line 19, column 53, at flows[\"server.80\"].initiators: a flow needs an initiator, or `held` with the reason why it has none",
    ),
    (
        r#", "twins": [{ "flow": "server.80" }]"#,
        "",
        "line 21, column 61, at flows[\"server.80\"].twins[0]: `server.443` does not name `server.80` as its twin; write it in both",
    ),
    (
        r#"{ "flow": "server.443" }"#,
        r#"{ "flow": "server.443", "doubt": "A1" }"#,
        "line 21, column 61, at flows[\"server.80\"].twins[0]: \
         `server.443` names another doubt, or none, for this twin; write the same in both\n\
         line 28, column 62, at flows[\"server.443\"].twins[0]: \
         `server.80` names another doubt, or none, for this twin; write the same in both",
    ),
    (
        r#""transport": "secure""#,
        r#""transport": "either""#,
        "line 21, column 61, at flows[\"server.80\"].twins[0]: of twins one is secure and the other is not; `server.443` is either too\n\
         line 28, column 62, at flows[\"server.443\"].twins[0]: of twins one is secure and the other is not; `server.80` is plain too",
    ),
    (
        r#"[{ "flow": "server.443" }]"#,
        r#"[{ "flow": "server.443" }, { "flow": "server.443" }]"#,
        "line 21, column 87, at flows[\"server.80\"].twins[1]: `server.443` is given twice",
    ),
    (
        r#""port": 90, "protocol": "udp""#,
        r#""port": 90, "protocol": "tcp""#,
        "line 34, column 31, at flows[\"server.90\"].protocol: multicast is udp, not tcp",
    ),
    (
        r#""senders": ["server"]"#,
        r#""senders": ["agent"]"#,
        "line 33, column 20, at flows[\"server.90\"].multicast: the listener `server` neither sends nor receives",
    ),
    (r#""doubts": ["A1"],"#, "", "line 40, column 5, at doubts.A1: no flow names this doubt; name it in a flow, or write \"global\": true"),
];

/// Texts that are no JSON at all.
const SYNTAX: &[(&str, &str)] = &[
    ("", "line 1, column 1: not valid JSON: EOF while parsing a value"),
    ("{ \"format\": 1, }", "line 1, column 16: not valid JSON: trailing comma"),
    ("{ \"flows\": { \"é.1\": {\n  \"ü\": [1 2] } } }", "line 2, column 11, at flows[\"é.1\"][\"ü\"]: not valid JSON: expected `,` or `]`"),
    ("{} {}", "line 1, column 4: not valid JSON: trailing characters"),
    ("{ \"release\": \"\\ud800\" }", "line 1, column 21, at release: not valid JSON: unexpected end of hex escape"),
    ("7", "line 1, column 1: expected an object, found a number"),
];

fn told(text: &str) -> String {
    Matrix::parse(text).map_or_else(|error| error.to_string(), |_| "nothing".to_owned())
}

#[test]
fn the_small_file_is_right() {
    assert_eq!(told(SMALL), "nothing");
}

/// Returns the lines in an order of their own; a test of its own looks at the order.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn err_says_where_and_what() {
    let mut wrong = String::new();
    for (from, to, expected) in SHAPE.iter().chain(MEANING) {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "`{from}` is not in the file");
        let told = told(&text);
        if sorted(&told) != sorted(expected) {
            wrong.push_str(&format!("{from} -> {to}\n  says     {told}\n  expected {expected}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn err_syntax_has_a_place_too() {
    for (text, expected) in SYNTAX {
        assert_eq!(told(text), *expected, "{text}");
    }
    let deep = format!("{{ \"format\": {}1{} }}", "[".repeat(60), "]".repeat(60));
    assert_eq!(told(&deep), "line 1, column 45: nested too deep for a port matrix");
    let deeper = "[".repeat(100_000);
    assert!(told(&deeper).starts_with("line 1, column 128"), "{}", told(&deeper).len());
}

#[test]
fn faults_are_told_in_the_order_of_the_file() {
    let text = SMALL
        .replace(r#""port": 90"#, r#""port": "x""#)
        .replace(r#""kind": "emc""#, r#""kind": "Emc""#)
        .replace(r#""weight": "check""#, r#""weight": "big""#);
    let error = Matrix::parse(&text).unwrap_err();
    let paths: Vec<&str> = error.faults().iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["components.agent.kind", "components.server.kind", "flows[\"server.90\"].port", "doubts.A1.weight"]);
}

#[test]
fn many_faults_are_counted() {
    let text = Matrix::embedded_json().replace(r#""protocol": "tcp""#, r#""protocol": "tpc""#);
    let error = Matrix::parse(&text).unwrap_err();
    assert_eq!(error.faults().len(), 56);
    assert_eq!(error.to_string().lines().count(), 21);
    assert!(error.to_string().ends_with("\nand 36 more"));
}

#[test]
fn lines_count_with_windows_endings() {
    let text = SMALL.replace('\n', "\r\n").replace(r#""port": 80,"#, r#""port": 0,"#);
    assert!(told(&text).starts_with("line 20, column 15, at flows"), "{}", told(&text));
}

#[test]
fn a_column_counts_characters_also_where_the_text_ends_inside_quotes() {
    assert_eq!(told("{\n  \"format\": \"éé"), "line 2, column 16, at format: not valid JSON: EOF while parsing a string");
}

proptest! {
    /// Whatever is cut out of a file or put into it: an answer, with a place that is in the file.
    #[test]
    fn a_broken_file_is_answered(from in 0..SMALL.len(), length in 0..40_usize, put in "[\\[\\]{}\",:0-9a-z\\\\é\n]{0,6}") {
        let until = (from + length).min(SMALL.len());
        let text = [&SMALL[..from], put.as_str(), &SMALL[until..]].concat();
        if let Err(error) = Matrix::parse(&text) {
            prop_assert!(!error.faults().is_empty());
            for fault in error.faults() {
                let line = text.split('\n').nth(fault.line - 1);
                prop_assert!(line.is_some(), "{fault}");
                prop_assert!(fault.column >= 1 && fault.column <= line.unwrap_or_default().chars().count() + 1, "{fault}");
            }
        }
    }
}
