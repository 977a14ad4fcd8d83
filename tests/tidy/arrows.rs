//! Which file of a crate names which other, and the circles among them.
//!
//! An arrow is a path that begins with `crate` or `super`, in a `use` or in code, and leads to another file. A path to a name that
//! a file passes on (`pub use part::Name`) leads to the file of that name. A file has an arrow to each module that it declares. Not
//! counted: the way from a module up to the modules that contain it, which are one part with it; comments, strings and `#[cfg(test)]`
//! modules at the end of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The files of a crate, by their path in `src`.
pub(crate) type Sources = BTreeMap<String, String>;

/// Reads every Rust file below a folder.
pub(crate) fn sources(src: &Path) -> Sources {
    let mut sources = Sources::new();
    let mut folders = vec![src.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(src).unwrap().to_str().unwrap().to_owned();
                sources.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    sources
}

/// Returns the groups of files that lead to each other, sorted.
pub(crate) fn circles(sources: &Sources) -> Vec<Vec<String>> {
    let modules: BTreeMap<Vec<String>, File> =
        sources.iter().map(|(name, text)| (module(name), File::read(name, text))).collect();
    let arrows: BTreeMap<&str, BTreeSet<&str>> =
        modules.iter().map(|(module, file)| (file.name.as_str(), file.arrows(module, &modules))).collect();
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|name| (*name, reach(name, &arrows))).collect();
    let groups: BTreeSet<Vec<String>> = reached
        .iter()
        .filter(|(name, reached)| reached.contains(*name))
        .map(|(name, all)| {
            all.iter().filter(|other| reached[*other].contains(name)).map(|name| (*name).to_owned()).collect()
        })
        .collect();
    groups.into_iter().collect()
}

fn reach<'s>(from: &str, arrows: &BTreeMap<&'s str, BTreeSet<&'s str>>) -> BTreeSet<&'s str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = arrows[from].iter().copied().collect();
    while let Some(name) = next.pop() {
        if reached.insert(name) {
            next.extend(&arrows[name]);
        }
    }
    reached
}

/// The path of the module that a file holds: `a/b.rs` holds `a::b`.
fn module(file: &str) -> Vec<String> {
    let path = file.strip_suffix(".rs").unwrap();
    let root = ["lib", "main"].contains(&path);
    path.split('/').filter(|_| !root).map(str::to_owned).collect()
}

struct File {
    name: String,
    /// The modules that it declares.
    children: BTreeSet<String>,
    /// Every path in it that begins with `crate`, `super`, `self` or a module that it declares.
    paths: Vec<Vec<String>>,
    /// The names that it passes on, with the paths to them.
    passed_on: BTreeMap<String, Vec<String>>,
}

impl File {
    fn read(name: &str, text: &str) -> Self {
        let tokens = tokens(text);
        let declared = tokens.windows(3).filter(|three| three[0] == "mod" && three[2] == ";");
        let children: BTreeSet<String> = declared.map(|three| three[1].clone()).collect();
        let starts =
            |token: &String| ["crate", "super", "self"].contains(&token.as_str()) || children.contains(token);
        let (mut paths, mut passed_on) = (Vec::new(), BTreeMap::new());
        for (at, token) in tokens.iter().enumerate() {
            let continues = at > 0 && tokens[at - 1] == "::";
            if !starts(token) || continues || tokens.get(at + 1).is_none_or(|next| next != "::") {
                continue;
            }
            let found = branches(&tokens, &mut at.clone());
            let use_at = at.checked_sub(1).filter(|before| tokens[*before] == "use");
            if use_at.and_then(|at| at.checked_sub(1)).is_some_and(|at| ["pub", ")"].contains(&&*tokens[at]))
            {
                for path in &found {
                    passed_on.insert(path.last().unwrap().clone(), path.clone());
                }
            }
            paths.extend(found);
        }
        Self { name: name.to_owned(), children, paths, passed_on }
    }

    fn arrows<'s>(&self, module: &[String], modules: &'s BTreeMap<Vec<String>, Self>) -> BTreeSet<&'s str> {
        let declared = self.children.iter().map(|child| [module, std::slice::from_ref(child)].concat());
        let named = self.paths.iter().map(|path| holder(module, path, modules));
        let others = declared.chain(named).filter(|other| !module.starts_with(other));
        others.filter_map(|other| modules.get(&other)).map(|file| file.name.as_str()).collect()
    }
}

/// Returns the module of the item that a path in a module names.
fn holder(module: &[String], path: &[String], modules: &BTreeMap<Vec<String>, File>) -> Vec<String> {
    let mut at = module.to_vec();
    for word in path {
        match word.as_str() {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            "self" => {}
            word => {
                at.push(word.to_owned());
                if modules.contains_key(&at) {
                    continue;
                }
                at.pop();
                let passed_on = modules.get(&at).and_then(|file| file.passed_on.get(word));
                return match passed_on {
                    Some(further) if *further != path => holder(&at, further, modules),
                    _ => at,
                };
            }
        }
    }
    at
}

/// Every path of a tree such as `a::{b, c::d}`, which begins at a token.
fn branches(tokens: &[String], at: &mut usize) -> Vec<Vec<String>> {
    let mut trunk = Vec::new();
    loop {
        match tokens.get(*at).map(String::as_str) {
            Some("{") => {
                let mut all = Vec::new();
                while tokens.get(*at).is_some_and(|token| token != "}") {
                    *at += 1;
                    let ends = branches(tokens, at);
                    all.extend(ends.into_iter().filter(|end| !end.is_empty()));
                    while tokens.get(*at).is_some_and(|token| token != "," && token != "}") {
                        *at += 1;
                    }
                }
                *at += 1;
                return all.into_iter().map(|end| [trunk.as_slice(), &end].concat()).collect();
            }
            Some(word) if word.starts_with(|first: char| first.is_alphanumeric() || first == '_') => {
                trunk.push(word.to_owned());
                *at += 1;
            }
            _ => return vec![trunk],
        }
        if tokens.get(*at).is_none_or(|token| token != "::") {
            return vec![trunk];
        }
        *at += 1;
    }
}

/// The words and signs of a file, without comments, strings and the tests at its end.
fn tokens(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let is_word = |sign: char| sign.is_alphanumeric() || sign == '_';
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if sign == '"' {
            // An escaped quotation mark does not end the string.
            let unescaped = rest[1..].replace("\\\\", "__").replace("\\\"", "__");
            unescaped.find('"').map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("::") {
            2
        } else {
            rest.find(|sign| !is_word(sign)).unwrap_or(rest.len()).max(sign.len_utf8())
        };
        let (token, further) = rest.split_at(length);
        if !token.starts_with("//") && !token.starts_with(['"', ' ', '\n']) {
            tokens.push(token.to_owned());
        }
        rest = further;
    }
    tokens
}
