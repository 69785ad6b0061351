//! How long the pure half takes: reading the table, and expanding it over placements of a rollout.
//!
//! `cargo bench --no-default-features --bench expansion` prints a table; with `-- --json` one JSON object, which `make bench` reads.
//! Nothing here is a test: times depend on the machine and on what else it does. Every figure is the median of several runs.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a program for developers: it speaks on stdout, and stops where its own input is wrong"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use terraform_provider_emc::expand::{Expansion, expand};
use terraform_provider_emc::matrix::Matrix;
use terraform_provider_emc::topology::{PlacementSpec, PolicySpec, Topology};

/// Numbers of rules that are aimed at; placements are added until there are as many.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 300_000];

/// What a rollout looks like when it grows.
#[derive(Clone, Copy)]
struct Shape {
    name: &'static str,
    /// Placements of a rollout of this size number, each with a name and what lives there.
    grow: fn(usize) -> BTreeMap<String, PlacementSpec>,
}

const SHAPES: [Shape; 2] = [
    // One data center with everything but agents, and ever more offices: rules grow with the placements.
    Shape { name: "offices", grow: offices },
    // Ever more sites that have everything: rules grow with the square of the placements.
    Shape { name: "mesh", grow: mesh },
];

fn main() {
    // `cargo bench` passes `--bench`.
    let as_json = std::env::args().any(|argument| argument == "--json");
    let mut report = Map::new();
    report.insert("debug_build".to_owned(), json!(cfg!(debug_assertions)));

    let text = Matrix::embedded_json();
    report.insert("matrix_parse_ms".to_owned(), milliseconds(median(21, || Matrix::parse(black_box(text)).unwrap())));

    let mut expansions = Vec::new();
    for shape in SHAPES {
        for size in SIZES {
            let placements = placements_for(shape, size);
            let measured = measure(&placements, if size > 10_000 { 5 } else { 21 });
            expansions.push(json!({
                "shape": shape.name,
                "placements": placements.len(),
                "rules": measured.rules,
                "resolve_ms": milliseconds(measured.resolve),
                "expand_ms": milliseconds(measured.expand),
                "digest_ms": milliseconds(measured.digest),
                "expand_ms_per_100000_rules": milliseconds(measured.expand.mul_f64(100_000.0 / measured.rules as f64)),
            }));
        }
    }
    report.insert("expansions".to_owned(), Value::Array(expansions));
    if as_json { println!("{}", Value::Object(report)) } else { print_table(&report) }
}

/// Returns the smallest rollout of a shape that has at least this many rules.
fn placements_for(shape: Shape, rules: usize) -> BTreeMap<String, PlacementSpec> {
    let count = |size: usize| expansion(&(shape.grow)(size)).rules.len();
    let mut high = 1;
    while count(high) < rules {
        high *= 2;
    }
    let mut low = high / 2;
    while low + 1 < high {
        let middle = low.midpoint(high);
        if count(middle) < rules { low = middle } else { high = middle }
    }
    (shape.grow)(high)
}

struct Measured {
    rules: usize,
    resolve: Duration,
    expand: Duration,
    digest: Duration,
}

fn measure(placements: &BTreeMap<String, PlacementSpec>, runs: usize) -> Measured {
    let matrix = Matrix::embedded();
    let topology = resolve(placements);
    let expansion = expand(matrix, &topology);
    Measured {
        rules: expansion.rules.len(),
        resolve: median(runs, || resolve(black_box(placements))),
        expand: median(runs, || expand(matrix, black_box(&topology))),
        digest: median(runs, || black_box(&expansion).digest()),
    }
}

fn expansion(placements: &BTreeMap<String, PlacementSpec>) -> Expansion {
    expand(Matrix::embedded(), &resolve(placements))
}

fn resolve(placements: &BTreeMap<String, PlacementSpec>) -> Topology {
    let resolved = Topology::resolve(Matrix::embedded(), placements, &PolicySpec::default());
    resolved.unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Returns the median time of `runs` runs; giving the result back is not counted.
fn median<T>(runs: usize, mut work: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let began = Instant::now();
            let result = black_box(work());
            let took = began.elapsed();
            drop(result);
            took
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn offices(size: usize) -> BTreeMap<String, PlacementSpec> {
    let mut placements = BTreeMap::from([("core".to_owned(), placement(everything().filter(|name| *name != "desktop")))]);
    placements.extend((0..size).map(|number| (format!("office-{number}"), placement(["desktop"].into_iter()))));
    placements
}

fn mesh(size: usize) -> BTreeMap<String, PlacementSpec> {
    (0..size).map(|number| (format!("site-{number}"), placement(everything()))).collect()
}

/// Every component that has a network of its own.
fn everything() -> impl Iterator<Item = &'static str> {
    let matrix = Matrix::embedded();
    let initiators = matrix.flows().values().flat_map(|flow| flow.initiators.iter().flat_map(|party| matrix.members(party)));
    let named: BTreeSet<&str> = initiators.chain(matrix.flows().values().map(|flow| &flow.listener)).map(|name| name.as_str()).collect();
    named.into_iter()
}

fn placement<'a>(components: impl Iterator<Item = &'a str>) -> PlacementSpec {
    PlacementSpec { components: Some(components.map(str::to_owned).collect()), managed: true, ..PlacementSpec::default() }
}

fn milliseconds(time: Duration) -> Value {
    json!((time.as_secs_f64() * 1e6).round() / 1e3)
}

fn print_table(report: &Map<String, Value>) {
    if cfg!(debug_assertions) {
        println!("a debug build: these times say nothing");
    }
    println!("reading the table: {} ms", report["matrix_parse_ms"]);
    println!(
        "{:<8} {:>10} {:>9} {:>11} {:>11} {:>10} {:>24}",
        "shape", "placements", "rules", "resolve ms", "expand ms", "digest ms", "expand ms/100,000 rules"
    );
    for row in report["expansions"].as_array().into_iter().flatten() {
        let cell = |name: &str| row[name].to_string().trim_matches('"').to_owned();
        println!(
            "{:<8} {:>10} {:>9} {:>11} {:>11} {:>10} {:>24}",
            cell("shape"),
            cell("placements"),
            cell("rules"),
            cell("resolve_ms"),
            cell("expand_ms"),
            cell("digest_ms"),
            cell("expand_ms_per_100000_rules")
        );
    }
}
