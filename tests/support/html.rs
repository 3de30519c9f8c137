//! Just enough of HTML to ask a page what it says and where it leads.

/// What a reader reads: tags gone, common entities turned back, runs of space folded.
pub fn text(html: &str) -> String {
    portal::content::markdown::strip_tags(html)
        .replace(" .", ".")
        .replace(" ,", ",")
        .replace(" :", ":")
        .replace(" )", ")")
        .replace("( ", "(")
}

/// The values of every attribute `name` in `html`, entities turned back.
pub fn attributes(html: &str, name: &str) -> Vec<String> {
    let marker = format!(" {name}=\"");
    html.split(&marker)
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(value, _)| value.replace("&#38;", "&").replace("&amp;", "&").replace("&#39;", "'"))
        .collect()
}
