//! Pages: a template of `tests/docs/` with its placeholders filled, or the usual page where there is no template.
//!
//! Placeholders, each on a line of its own: `{{description}}`, `{{schema}}` (of a function its signature and arguments), `{{example FILE}}` (a file below `examples/`, as a block of
//! code) and `{{matrix PART}}` (see [`matrix::part`]).

use std::collections::BTreeMap;
use std::fs;

use terraform_provider_emc::plugin::{Block, Provider, Signature};
use terraform_provider_emc::provider::Emc;

use super::{files, function, matrix, schema};
use crate::support::root;

const NAME: &str = "emc";

/// What a page is about, as far as the provider says it.
enum About<'a> {
    Block(&'a Block),
    Function(&'a str, &'a Signature),
    Nothing,
}

impl About<'_> {
    /// What it is, in Markdown.
    fn markdown(&self) -> Option<&str> {
        match self {
            About::Block(block) => Some(block.markdown()),
            About::Function(_, signature) => Some(&signature.description),
            About::Nothing => None,
        }
    }

    /// The line that lists and searches show.
    fn summary(&self) -> Option<&str> {
        match self {
            About::Function(_, signature) => Some(&signature.summary),
            About::Block(_) | About::Nothing => self.markdown(),
        }
    }
}

/// Returns every page by its path below `docs/`.
pub(super) fn all() -> BTreeMap<String, String> {
    let provider = Emc::default();
    let mut pages = BTreeMap::new();
    let title = format!("{NAME} Provider");
    pages.insert("index.md".to_owned(), page("index.md", &title, false, &About::Block(&provider.schema().block), String::new()));
    for resource in provider.resources() {
        let name = resource.type_name();
        let import = ["import-by-string-id.tf", "import.sh"];
        let usual = usual(name, "Resource", &format!("resources/{name}/resource.tf")) + &import_section(name, import);
        add(&mut pages, "resources", "Resource", name, &resource.schema().block, usual);
    }
    for source in provider.data_sources() {
        let name = source.type_name();
        let usual = usual(name, "Data Source", &format!("data-sources/{name}/data-source.tf"));
        add(&mut pages, "data-sources", "Data Source", name, &source.schema().block, usual);
    }
    for function in provider.functions() {
        let name = function.name();
        let about = About::Function(name, &function.signature());
        let usual = format!(
            "# function: {name}\n\n{{{{description}}}}\n\n## Example Usage\n\n{{{{example functions/{name}/function.tf}}}}\n\n{{{{schema}}}}\n"
        );
        let file = format!("functions/{name}.md");
        pages.insert(file.clone(), page(&file, &format!("{name} function - {NAME}"), true, &about, usual));
    }
    for guide in files(&root().join("tests/docs/guides")) {
        let file = format!("guides/{guide}");
        let title = template(&file).and_then(|text| text.lines().next().map(|line| line.trim_start_matches("# ").to_owned())).unwrap();
        pages.insert(file.clone(), page(&file, &title, true, &About::Nothing, String::new()));
    }
    pages
}

fn add(pages: &mut BTreeMap<String, String>, folder: &str, kind: &str, name: &str, block: &Block, usual: String) {
    let short = name.strip_prefix(&format!("{NAME}_")).unwrap();
    let file = format!("{folder}/{short}.md");
    let text = page(&file, &format!("{name} {kind} - {NAME}"), true, &About::Block(block), usual);
    pages.insert(file, text);
}

fn usual(name: &str, kind: &str, example: &str) -> String {
    format!("# {name} ({kind})\n\n{{{{description}}}}\n\n## Example Usage\n\n{{{{example {example}}}}}\n\n{{{{schema}}}}\n")
}

fn import_section(name: &str, files: [&str; 2]) -> String {
    let [block, command] = files.map(|file| format!("{{{{example resources/{name}/{file}}}}}"));
    format!(
        "\n## Import\n\nWith an `import` block, whose id says what the configuration says:\n\n{block}\n\nOr with the command:\n\n{command}\n"
    )
}

fn page(file: &str, title: &str, subcategory: bool, about: &About<'_>, usual: String) -> String {
    let body = template(file).unwrap_or(usual);
    let mut text = String::new();
    for line in body.lines() {
        match line.strip_prefix("{{").and_then(|line| line.strip_suffix("}}")) {
            Some(placeholder) => text.push_str(&fill(file, placeholder, about)),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    // A guide describes itself in its first paragraph.
    let described = about.summary().map_or_else(|| first_paragraph(&text), str::to_owned);
    let description = first_paragraph(&described).replace('`', "");
    let subcategory = if subcategory { "subcategory: \"\"\n" } else { "" };
    format!("---\npage_title: \"{title}\"\n{subcategory}description: |-\n  {description}\n---\n\n{}\n", text.trim_end())
}

fn fill(file: &str, placeholder: &str, about: &About<'_>) -> String {
    let (word, argument) = placeholder.split_once(' ').unwrap_or((placeholder, ""));
    match (word, about) {
        ("description", About::Block(_) | About::Function(..)) => about.markdown().unwrap_or_default().to_owned(),
        ("schema", About::Block(block)) => schema::section(block).trim_end().to_owned(),
        ("schema", About::Function(name, signature)) => function::section(name, signature).trim_end().to_owned(),
        ("example", _) => {
            let path = root().join("examples").join(argument);
            let code = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let language = if argument.ends_with(".sh") { "shell" } else { "terraform" };
            format!("```{language}\n{}\n```", code.trim_end())
        }
        ("matrix", _) => matrix::part(argument),
        _ => panic!("tests/docs/{file}: no such placeholder: {placeholder}"),
    }
}

fn template(file: &str) -> Option<String> {
    fs::read_to_string(root().join("tests/docs").join(file)).ok()
}

fn first_paragraph(markdown: &str) -> String {
    let mut paragraphs = markdown.split("\n\n").filter(|paragraph| !paragraph.starts_with('#') && !paragraph.trim().is_empty());
    paragraphs.next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}
