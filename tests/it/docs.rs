//! `docs/` is written from the schema, the examples, the port matrix and the templates of `tests/docs/`; these tests hold it to that.
//!
//! `UPDATE_DOCS=1` (`make docs`) writes. Everything else compares, and checks what the registries ask of a provider's documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use terraform_provider_emc::plugin::{Attribute, Block, Provider, Shape};
use terraform_provider_emc::provider::Emc;

use crate::support::root;

mod function;
mod links;
mod matrix;
mod page;
mod schema;

/// The most that a page may have, and the registry's folders.
const LARGEST: usize = 500_000;
const FOLDERS: [&str; 4] = ["data-sources", "functions", "guides", "resources"];

#[test]
fn docs_are_what_schema_and_templates_say() {
    let wanted = page::all();
    let docs = root().join("docs");
    if env::var_os("UPDATE_DOCS").is_some() {
        for stale in files(&docs).into_iter().filter(|file| !wanted.contains_key(file)) {
            fs::remove_file(docs.join(stale)).unwrap();
        }
        for (file, text) in &wanted {
            let file = docs.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        return;
    }
    let present: BTreeSet<String> = files(&docs);
    let names: BTreeSet<String> = wanted.keys().cloned().collect();
    assert_eq!(present, names, "docs/ has other files than the schema asks for: run `make docs` and commit what it writes");
    for (file, text) in &wanted {
        let committed = fs::read_to_string(docs.join(file)).unwrap();
        if let Some((number, (is, should))) = (1..).zip(lines(&committed, text)).find(|(_, (is, should))| is != should) {
            panic!(
                "docs/{file} is out of date: run `make docs` and commit what it writes\nline {number} is:     {is}\nit should be: {should}"
            );
        }
    }
}

fn lines<'a>(one: &'a str, other: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let count = one.lines().count().max(other.lines().count());
    let padded = |text: &'a str| text.lines().chain(std::iter::repeat("(nothing)"));
    padded(one).zip(padded(other)).take(count)
}

#[test]
fn docs_hold_what_the_registries_allow() {
    for (file, text) in page::all() {
        let folder = Path::new(&file).parent().unwrap().to_str().unwrap();
        assert!(file == "index.md" || FOLDERS.contains(&folder), "docs/{file}: the registry knows no such folder");
        assert!(text.len() <= LARGEST, "docs/{file} has {} bytes, the registry takes {LARGEST}", text.len());
        let (front, body) = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n")).unwrap_or_else(|| panic!("docs/{file}"));
        let keys: Vec<&str> =
            front.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_once(':')).map(|(key, _)| key).collect();
        let wanted: &[&str] =
            if file == "index.md" { &["page_title", "description"] } else { &["page_title", "subcategory", "description"] };
        assert_eq!(keys, wanted, "docs/{file}: front matter");
        assert_eq!(body.lines().filter(|line| line.starts_with("# ")).count() - comments_in_code(body), 1, "docs/{file}: one title");
        assert!(!text.contains("{{"), "docs/{file}: a placeholder of the template was not filled");
    }
}

/// Lines that begin with `# ` inside of code are comments there.
fn comments_in_code(body: &str) -> usize {
    let mut code = false;
    let mut comments = 0;
    for line in body.lines() {
        if line.starts_with("```") {
            code = !code;
        } else if code && line.starts_with("# ") {
            comments += 1;
        }
    }
    comments
}

#[test]
fn every_attribute_and_block_says_what_it_is() {
    let provider = Emc::default();
    let mut silent = Vec::new();
    let mut look = |name: &str, block: &Block| missing(name, block, &mut silent);
    look("provider", &provider.schema().block);
    provider.resources().iter().for_each(|resource| look(resource.type_name(), &resource.schema().block));
    provider.data_sources().iter().for_each(|source| look(source.type_name(), &source.schema().block));
    for function in provider.functions() {
        let signature = function.signature();
        let texts = [&signature.summary, &signature.description].into_iter();
        let parameters = signature.parameters.iter().chain(&signature.variadic).map(|parameter| &parameter.description);
        if texts.chain(parameters).any(String::is_empty) {
            silent.push(function.name().to_owned());
        }
    }
    assert!(silent.is_empty(), "these have no description in the schema: {silent:?}");
}

fn missing(place: &str, block: &Block, silent: &mut Vec<String>) {
    if block.markdown().is_empty() {
        silent.push(place.to_owned());
    }
    missing_attributes(place, block.attributes(), silent);
    block.nested_blocks().iter().for_each(|nested| missing(&format!("{place}.{}", nested.name()), nested.block(), silent));
}

fn missing_attributes(place: &str, attributes: &[Attribute], silent: &mut Vec<String>) {
    for attribute in attributes {
        let place = format!("{place}.{}", attribute.name());
        if attribute.markdown().is_empty() {
            silent.push(place.clone());
        }
        if let Shape::Nested(nested) = attribute.shape() {
            missing_attributes(&place, nested.attributes(), silent);
        }
    }
}

#[test]
fn links_lead_somewhere() {
    let mut pages: BTreeMap<PathBuf, String> = page::all().into_iter().map(|(file, text)| (Path::new("docs").join(file), text)).collect();
    let of_repository = ["README.md", "CHANGELOG.md", ".github/CONTRIBUTING.md", "tests/official/README.md"];
    let of_examples = ["bridge-aws", "bridge-azure", "rollout-aws", "rollout-azure"].map(|example| format!("examples/{example}/README.md"));
    for file in of_repository.map(str::to_owned).into_iter().chain(of_examples) {
        pages.insert(PathBuf::from(&file), fs::read_to_string(root().join(&file)).unwrap());
    }
    let broken = links::broken(root(), &pages);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The files below a folder, by their path in it.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found
}
