//! Code with its syntax in colours, line by line: the classes are a handful, and the style sheet knows them. Pure.

use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use syntect::easy::ScopeRegionIterator;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use crate::submission::archive::is_invisible;
use crate::web::html::Html;

/// What is in colours; more takes longer than whoever waits likes.
const MOST_BYTES: usize = 200 << 10;
/// A longer line is nothing that a person wrote; what grammars look for can take its square.
const LONGEST_LINE: usize = 400;
/// How long colours may take; what comes later is shown without.
const PATIENCE: Duration = Duration::from_millis(400);

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// What begins with a scope on the left looks like the class on the right. The innermost scope that is here decides.
static CLASSES: LazyLock<Vec<(Scope, &str)>> = LazyLock::new(|| {
    const CLASSES: [(&str, &str); 18] = [
        ("comment", "c"),
        ("string", "s"),
        ("constant.character.escape", "n"),
        ("constant", "n"),
        ("keyword.operator", ""),
        ("keyword", "k"),
        ("storage", "k"),
        ("entity.name.function", "f"),
        ("support.function", "f"),
        ("variable.function", "f"),
        ("entity.name.tag", "k"),
        ("entity.other.attribute-name", "f"),
        ("entity.name.section", "k"),
        ("entity.name", "t"),
        ("support.type", "t"),
        ("markup.heading", "k"),
        ("markup.inserted", "s"),
        ("markup.deleted", "n"),
    ];
    let class = |(scope, class): (&str, &'static str)| Some((Scope::new(scope).ok()?, class));
    CLASSES.into_iter().filter_map(class).collect()
});

/// The lines of a file. Without colours where the language is not known, or it is too large.
pub fn lines(path: &str, text: &str) -> Vec<Html> {
    let is_small = text.len() <= MOST_BYTES && text.lines().all(|line| line.len() <= LONGEST_LINE);
    match syntax(path, text).filter(|_| is_small) {
        Some(syntax) => coloured(syntax, text),
        None => text.lines().map(|line| Html::own(visible(line))).collect(),
    }
}

fn syntax(path: &str, text: &str) -> Option<&'static SyntaxReference> {
    let path = Path::new(path);
    let name = path.file_name()?.to_str()?;
    let ending = path.extension().and_then(|ending| ending.to_str());
    let by_name = SYNTAXES.find_syntax_by_extension(name);
    let by_name = by_name.or_else(|| SYNTAXES.find_syntax_by_extension(ending?));
    by_name.or_else(|| SYNTAXES.find_syntax_by_first_line(text.lines().next()?))
}

fn coloured(syntax: &SyntaxReference, text: &str) -> Vec<Html> {
    let (mut state, mut stack) = (ParseState::new(syntax), ScopeStack::new());
    let began = Instant::now();
    let mut line = |line: &str| {
        if began.elapsed() > PATIENCE {
            return Html::own(visible(line));
        }
        let with_newline = format!("{line}\n");
        // What a grammar stumbles over is shown as it is.
        let Ok(ops) = state.parse_line(&with_newline, &SYNTAXES) else {
            return Html::own(visible(line));
        };
        let mut html = String::with_capacity(line.len() * 2);
        let mut last = ("", String::new());
        let mut flush = |(class, piece): (&str, String)| match class {
            _ if piece.is_empty() => {}
            "" => html.push_str(&visible(&piece)),
            class => html.push_str(&format!("<i class=\"{class}\">{}</i>", visible(&piece))),
        };
        for (piece, op) in ScopeRegionIterator::new(&ops, &with_newline) {
            if stack.apply(op).is_err() || piece.is_empty() {
                continue;
            }
            let class = class(&stack);
            if class != last.0 {
                flush(std::mem::take(&mut last));
                last.0 = class;
            }
            last.1.push_str(piece.trim_end_matches('\n'));
        }
        flush(last);
        Html::own(html)
    };
    text.lines().map(&mut line).collect()
}

fn class(stack: &ScopeStack) -> &'static str {
    let class = |scope: &Scope| CLASSES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope));
    stack.scopes.iter().rev().find_map(class).map_or("", |(_, class)| class)
}

/// What could make code read as another than it is, spelled out.
fn visible(text: &str) -> String {
    let is_odd = |c: char| is_invisible(c) && c != '\t';
    if !text.contains(is_odd) {
        return Html::escape(text).to_string();
    }
    let mut html = String::new();
    let mut plain = String::new();
    for c in text.chars() {
        if is_odd(c) {
            html.push_str(Html::escape(&std::mem::take(&mut plain)).as_str());
            html.push_str(&format!("<b>U+{:04X}</b>", u32::from(c)));
        } else {
            plain.push(c);
        }
    }
    html + Html::escape(&plain).as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(path: &str, text: &str) -> String {
        lines(path, text).iter().map(Html::as_str).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn code_has_colours_and_a_comment_goes_on_over_lines() {
        let go = html("main.go", "/* one\ntwo */\nfunc main() { println(\"<hi>\") }");
        let comment = "<i class=\"c\">/* one</i>\n<i class=\"c\">two */</i>";
        assert!(go.starts_with(comment), "{go}");
        assert!(go.contains("<i class=\"s\">&quot;&lt;hi&gt;&quot;</i>"), "{go}");
        for (path, text) in [
            ("a.rs", "fn main() {}"),
            ("Cargo.toml", "[package]"),
            ("a.tf", "resource \"a\" \"b\" {}"),
            ("Dockerfile", "FROM scratch"),
            ("a.ts", "const a: number = 1;"),
            ("run", "#!/bin/bash\nif true; then exit 1; fi"),
        ] {
            assert!(html(path, text).contains("<i class="), "{path}: {}", html(path, text));
        }
    }

    #[test]
    fn what_is_too_large_or_not_known_is_there_without() {
        assert_eq!(html("notes", "a < b\nc"), "a &lt; b\nc");
        let long = format!("let a = \"{}\";", "x".repeat(LONGEST_LINE));
        assert!(!html("a.rs", &long).contains("<i"));
    }

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        let odd = "if a { // \u{202e}} fi\u{200b}";
        for path in ["a.rs", "notes"] {
            let html = html(path, odd);
            assert!(html.contains("<b>U+202E</b>") && !html.contains('\u{202e}'), "{html}");
        }
    }
}
