//! What somebody does at a browser: sits down, reads, fills in fields by their labels, and presses what says so.

use std::path::Path;

use portal::ids::AccountId;
use portal::mail::Letter;
use portal::web::viewer::Role;
use serde_json::json;

use super::Portal;
use super::browser::Tab;

/// Marks what is found among the elements `among` that are shown, inside what is titled `place`: whatever says just
/// these words, or else begins with them; of a label its field.
const FIND: &str = "(among, words, place) => {
    const says = (it) => it.textContent.replace(/\\s+/g, ' ').trim();
    const places = [...document.querySelectorAll('main details, main section, main fieldset')];
    const titled = (it) => says(it.querySelector('summary, h2, h3, legend') ?? it) === place;
    const inside = place ? places.find(titled) : document;
    const all = [...(inside?.querySelectorAll(among) ?? [])].filter((it) => it.checkVisibility());
    const found = all.find((it) => says(it) === words) ?? all.find((it) => says(it).startsWith(words));
    document.querySelector('[data-found]')?.removeAttribute('data-found');
    (found?.control ?? found)?.setAttribute('data-found', '');
    return Boolean(found);
}";

const FOUND: &str = "[data-found]";

async fn find(tab: &Tab, among: &str, (words, place): (&str, &str)) -> bool {
    tab.eval(&format!("({FIND})({}, {}, {})", json!(among), json!(words), json!(place))).await
}

async fn must_find(tab: &Tab, among: &str, at: (&str, &str)) {
    if !find(tab, among, at).await {
        let text: String = tab.eval("location.pathname + document.body.innerText").await;
        panic!("no {among} says {at:?} on {text}");
    }
}

/// Somebody sits down at the browser.
pub async fn sit_down(portal: &Portal, tab: &Tab, account: AccountId, at: &str) {
    let browser = portal.browser_of(account).await;
    tab.set_cookie("session", browser.cookie("__Host-session").unwrap()).await;
    tab.goto(at).await;
}

pub async fn says(tab: &Tab, words: &str) {
    let text: String = tab.eval("document.querySelector('main').innerText").await;
    assert!(text.contains(words), "no {words:?} in: {text}");
}

/// Follows the link, presses the button or opens what says so. Where a button and the heading above it say the same,
/// the button is meant.
pub async fn press(tab: &Tab, words: &str) {
    let is_summary = !find(tab, "header nav a, main a, main button", (words, "")).await;
    if is_summary {
        must_find(tab, "main summary", (words, "")).await;
    }
    tab.run("window.left = true").await;
    tab.click(FOUND).await;
    if !is_summary {
        tab.wait_for("!window.left && document.readyState === 'complete'").await;
    }
}

/// Fills in the field that is labelled so.
pub async fn fill(tab: &Tab, label: &str, value: &str) {
    fill_in(tab, "", label, value).await;
}

/// The same inside what is titled `place`: a field of several that have the same label.
pub async fn fill_in(tab: &Tab, place: &str, label: &str, value: &str) {
    must_find(tab, "main label", (label, place)).await;
    let script = format!(
        "(() => {{
           const [field, value] = [document.querySelector('{FOUND}'), {}];
           const chosen = [...field.options ?? []].find((it) => it.text.trim().startsWith(value));
           field.value = field.options ? chosen?.value : value;
           for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{ bubbles: true }}));
           return field.options ? Boolean(chosen) : field.value === value;
         }})()",
        json!(value)
    );
    assert!(tab.eval::<bool>(&script).await, "{label} takes no {value:?}");
}

/// Ticks what says so, one of several.
pub async fn choose(tab: &Tab, words: &str) {
    must_find(tab, "main label", (words, "")).await;
    tab.run(&format!("document.querySelector('{FOUND}').labels[0].click()")).await;
    assert!(
        tab.eval::<bool>(&format!("document.querySelector('{FOUND}').checked")).await,
        "{words}"
    );
}

/// What is ticked, as its label says it.
pub async fn ticked(tab: &Tab) -> Vec<String> {
    tab.eval("[...document.querySelectorAll('main input:checked')].map((it) => it.closest('label').innerText)").await
}

/// Chooses a file of this machine in the field that is labelled so.
pub async fn attach(tab: &Tab, label: &str, file: &Path) {
    must_find(tab, "main label", (label, "")).await;
    tab.choose_file(FOUND, file).await;
}

pub fn of<'a>(letters: &'a [Letter], address: &str) -> Vec<&'a Letter> {
    letters.iter().filter(|letter| letter.to.address.as_str() == address).collect()
}

/// Somebody who works here, whose address begins with `local`.
pub async fn staff(portal: &Portal, role: Role, name: &str, local: &str) -> AccountId {
    let account = portal.signed_in(&[role]).await.account.unwrap();
    sqlx::query("update account set name = $2, email = $3, email_key = $3 where account_id = $1")
        .bind(account)
        .bind(name)
        .bind(format!("{local}@example.org"))
        .execute(&portal.owner().await)
        .await
        .unwrap();
    account
}
