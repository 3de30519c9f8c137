//! The addresses of this room's pages.

pub const REPORTS: &str = "/reports";
pub const TABLE: &str = "/reports/{table}";

/// A report as a table to take away, narrowed as `query` says.
pub fn table(name: &str, query: &str) -> String {
    let path = TABLE.replace("{table}", &format!("{name}.csv"));
    if query.is_empty() { path } else { format!("{path}?{query}") }
}
