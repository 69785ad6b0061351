//! Links of Markdown pages: to files of the repository and to headings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Returns a sentence for each link that leads nowhere; `pages` are the pages by their path in the repository.
pub(super) fn broken(root: &Path, pages: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let mut broken = Vec::new();
    for (page, text) in pages {
        for link in links(text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').map_or((link.as_str(), None), |(file, anchor)| (file, Some(anchor)));
            let target = if file.is_empty() { page.clone() } else { normal(&page.parent().unwrap().join(file)) };
            if !pages.contains_key(&target) && !root.join(&target).exists() {
                broken.push(format!("{}: `{link}` leads to no file", page.display()));
                continue;
            }
            let target_text = pages.get(&target).cloned().or_else(|| fs::read_to_string(root.join(&target)).ok()).unwrap_or_default();
            if anchor.is_some_and(|anchor| !anchors(&target_text).contains(anchor)) {
                broken.push(format!("{}: `{link}` leads to no heading of {}", page.display(), target.display()));
            }
        }
    }
    broken
}

/// What stands in `](…)` outside of code.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in prose(text) {
        let without_code: String = line.split('`').step_by(2).collect::<Vec<_>>().join("``");
        let mut rest = without_code.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let Some((link, after)) = after.split_once(')') else { break };
            links.push(link.to_owned());
            rest = after;
        }
    }
    links
}

/// The headings as GitHub and the registries name them, and explicit anchors.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in prose(text) {
        if let Some(heading) = line.strip_prefix('#') {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
            anchors.insert(kept.map(|character| if character == ' ' { '-' } else { character }).collect());
        }
        if let Some((_, after)) = line.split_once("<a id=\"") {
            anchors.extend(after.split_once('"').map(|(id, _)| id.to_owned()));
        }
    }
    anchors
}

fn prose(text: &str) -> Vec<&str> {
    let mut code = false;
    let mut prose = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            prose.push(line);
        }
    }
    prose
}

fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => normal.push(part),
        }
    }
    normal
}
