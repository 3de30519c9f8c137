//! What a reader meets in a real browser: the keyboard, colours, small screens, paper.

use fantoccini::key::Key;

use crate::support::browser::{Scripts, Tab, browse};

/// Long, with levels, code and a table.
const AUTOMATION: &str = "/docs/challenges/cloud/automation.md";
/// The longest, with the most sections.
const SYSTEMS: &str = "/docs/challenges/systems/challenge.md";

/// Whether the element with the focus shows that it has it: by an outline in view, of its own, of
/// its card, or of the words beside a hidden radio button.
const FOCUS_IS_VISIBLE: &str = "(() => {
    const at = document.activeElement;
    const shows = (element) => {
        const { outlineStyle, outlineWidth, opacity } = getComputedStyle(element);
        const { top, right, bottom, left } = element.getBoundingClientRect();
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && opacity !== '0'
            && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    };
    return [at, at.closest('.card'), at.matches('[type=radio]') && at.nextElementSibling]
        .some((element) => element && shows(element));
})()";

/// Presses Tab until the focus is on `css`. At every stop on the way one sees where it is.
pub async fn tab_to(tab: &Tab, css: &str) {
    // A page may have put it there already.
    let is_there =
        format!("document.activeElement.matches('{css}') && document.activeElement.autofocus");
    if tab.eval(&is_there).await {
        return;
    }
    for _ in 0..100 {
        tab.press(Key::Tab).await;
        let at: String = tab.eval("document.activeElement.outerHTML.slice(0, 120)").await;
        assert!(
            tab.eval::<bool>(FOCUS_IS_VISIBLE).await,
            "the focus is on {at}, and cannot be seen"
        );
        if tab.eval(&format!("document.activeElement.matches('{css}')")).await {
            return;
        }
    }
    panic!("Tab never reaches {css}");
}

#[tokio::test]
async fn a_candidate_reaches_a_challenge_by_keyboard_alone() {
    browse(Scripts::On, async |tab| {
        tab.goto("/").await;
        tab_to(tab, "a").await;
        assert_eq!(
            tab.eval::<String>("document.activeElement.textContent").await,
            "Skip to the content"
        );
        tab.press(Key::Enter).await;
        tab.wait_for("document.activeElement.id === 'page.main'").await;
        tab_to(tab, ".track h3 a").await;
        let track: String = tab.eval("document.activeElement.pathname").await;
        assert!(track.starts_with("/tracks/"), "{track}");
        tab.press(Key::Enter).await;
        tab.wait_for_page(&track).await;
        tab_to(tab, ".stage h3 a").await;
        let document: String = tab.eval("document.activeElement.pathname").await;
        assert!(document.starts_with("/docs/"), "{document}");
        tab.press(Key::Enter).await;
        tab.wait_for_page(&document).await;
        tab.wait_for("document.querySelector('.document')").await;
    })
    .await;
}

#[tokio::test]
async fn every_stop_of_the_keyboard_can_be_seen() {
    browse(Scripts::On, async |tab| {
        for page in ["/search?q=proc", AUTOMATION, "/levels/sre"] {
            tab.goto(page).await;
            tab_to(tab, "[name=theme]").await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_slash_leads_to_the_search_field_and_enter_to_what_matches() {
    browse(Scripts::On, async |tab| {
        tab.goto(SYSTEMS).await;
        tab.press('/').await;
        tab.wait_for("document.activeElement.id === 'page.q'").await;
        tab.write("cgr").await;
        tab.press(Key::Enter).await;
        tab.wait_for_page("/search?q=cgr").await;
        assert_eq!(
            tab.eval::<String>("document.querySelector('mark').textContent").await,
            "cgroups"
        );
        // What was asked before is replaced, not added to.
        tab.press('/').await;
        tab.write("proc/net").await;
        tab.press(Key::Enter).await;
        tab.wait_for_page("/search?q=proc%2Fnet").await;
        tab.wait_for("document.querySelector('.hits mark')").await;
    })
    .await;
}

#[tokio::test]
async fn a_search_in_vain_says_what_to_do() {
    browse(Scripts::On, async |tab| {
        tab.goto("/search").await;
        tab.click("#question").await;
        tab.write("zebra").await;
        tab.click(".search-form button").await;
        tab.wait_for_page("/search?q=zebra").await;
        let says: String = tab.eval("document.querySelector('main').innerText").await;
        assert!(
            says.contains("Nothing matches “zebra”") && says.contains("try fewer words"),
            "{says}"
        );
    })
    .await;
}

#[tokio::test]
async fn pages_and_search_work_without_scripts() {
    browse(Scripts::Off, async |tab| {
        tab.goto("/").await;
        assert!(
            tab.eval::<bool>("document.querySelector('.theme').hidden").await,
            "scripts did run"
        );
        tab.click(".track h3 a").await;
        tab.wait_for(
            "location.pathname.startsWith('/tracks/') && document.querySelector('.stage')",
        )
        .await;
        tab.goto(AUTOMATION).await;
        tab.click(".switch a[href$='level=2']").await;
        tab.wait_for_page(&format!("{AUTOMATION}?level=2")).await;
        tab.click("[id='page.q']").await;
        tab.write("cgr").await;
        tab.press(Key::Enter).await;
        tab.wait_for_page("/search?q=cgr").await;
        tab.wait_for("document.querySelector('.hits mark')").await;
    })
    .await;
}

/// Waits until the page is painted in this scheme's colours.
async fn painted(tab: &Tab, scheme: &str) {
    let paper = if scheme == "dark" { "rgb(17, 18, 22)" } else { "rgb(250, 250, 248)" };
    tab.wait_for(&format!("getComputedStyle(document.body).backgroundColor === '{paper}'")).await;
}

#[tokio::test]
async fn colours_follow_the_system_until_the_reader_chooses() {
    browse(Scripts::On, async |tab| {
        tab.prefer("dark").await;
        tab.goto("/").await;
        painted(tab, "dark").await;
        tab.prefer("light").await;
        painted(tab, "light").await;
        tab.click(".theme label:has([value=dark])").await;
        painted(tab, "dark").await;
        tab.reload().await;
        painted(tab, "dark").await;
        tab.goto("/levels").await;
        painted(tab, "dark").await;
        assert!(tab.eval::<bool>("document.querySelector('.theme [value=dark]').checked").await);
        tab.click(".theme label:has([value=light])").await;
        tab.prefer("dark").await;
        painted(tab, "light").await;
        tab.click(".theme label:has([value=system])").await;
        painted(tab, "dark").await;
        tab.reload().await;
        tab.prefer("light").await;
        painted(tab, "light").await;
    })
    .await;
}

#[tokio::test]
async fn no_page_scrolls_sideways_on_a_phone() {
    browse(Scripts::On, async |tab| {
        for width in [360, 320] {
            tab.become_phone(width).await;
            for page in [
                "/",
                "/tracks/systems",
                "/tracks/operations",
                "/tracks/security",
                AUTOMATION,
                SYSTEMS,
                "/levels",
                "/levels/sre",
                "/levels/sre?level=3",
                "/search?q=cgroup",
                "/docs/levels.pdf",
            ] {
                tab.goto(page).await;
                fits(tab, page, width).await;
            }
            tab.goto_missing("/docs/nowhere.md").await;
            fits(tab, "the page that is not found", width).await;
        }
    })
    .await;
}

/// A page that needs more than it has scrolls sideways.
const NEEDED_WIDTH: &str = "document.scrollingElement.scrollWidth";

async fn fits(tab: &Tab, page: &str, width: u32) {
    let needed: u32 = tab.eval(NEEDED_WIDTH).await;
    let widest = "[...document.body.querySelectorAll('*')]
        .map((element) => [element.getBoundingClientRect().right, element.outerHTML.slice(0, 120)])
        .reduce((most, one) => one[0] > most[0] ? one : most).join(': ')";
    assert!(
        needed <= width,
        "{page} needs {needed} of {width} pixels; {}",
        tab.eval::<String>(widest).await
    );
}

#[tokio::test]
async fn a_phone_shows_one_level_of_a_guide_at_a_time() {
    browse(Scripts::On, async |tab| {
        tab.become_phone(360).await;
        tab.goto("/levels/sre").await;
        let cells = "[...document.querySelectorAll('.matrix tbody tr')]
            .map((row) => [...row.cells].slice(1).map((cell) => cell.checkVisibility()))";
        let rows: Vec<Vec<bool>> = tab.eval(cells).await;
        assert_eq!(rows, vec![vec![true, false, false, false, false, false]; 11]);
        tab.click(".switch a[href$='level=3']").await;
        tab.wait_for_page("/levels/sre?level=3").await;
        let third: String = tab.eval("document.querySelector('main').innerText").await;
        assert!(third.contains("Solves new production problems"), "{third}");
        assert!(!third.contains("Takes on-call shifts"), "{third}");
        assert_eq!(
            tab.eval::<String>("document.querySelector('.switch [aria-current]').innerText").await,
            "3"
        );
    })
    .await;
}

/// Waits until the table of contents says that the reader is in section `index`.
async fn in_section(tab: &Tab, index: usize) {
    let current = "[...document.querySelectorAll('.toc a')].findIndex((a) => a.ariaCurrent)";
    tab.wait_for(&format!("{current} === {index}")).await;
}

#[tokio::test]
async fn the_table_of_contents_follows_the_reader() {
    browse(Scripts::On, async |tab| {
        tab.goto(SYSTEMS).await;
        let sections: usize = tab.eval("document.querySelectorAll('.toc li').length").await;
        in_section(tab, 0).await;
        let middle = sections / 2;
        let hash = format!("document.querySelectorAll('.toc a')[{middle}].hash");
        tab.run(&format!("document.querySelector({hash}).scrollIntoView()")).await;
        in_section(tab, middle).await;
        tab.run("scrollTo(0, 0)").await;
        in_section(tab, 0).await;
        // The last sections are too short to reach the top of the window.
        for section in [sections - 2, sections - 1, 1] {
            tab.click(&format!(".toc li:nth-child({}) a", section + 1)).await;
            in_section(tab, section).await;
        }
        tab.run("scrollTo(0, document.body.scrollHeight)").await;
        in_section(tab, sections - 1).await;
    })
    .await;
}

#[tokio::test]
async fn the_anchor_of_a_heading_leads_to_its_section() {
    browse(Scripts::On, async |tab| {
        tab.goto(SYSTEMS).await;
        tab.click(".document h3 .anchor").await;
        let heading = "document.querySelector('.document h3')";
        tab.wait_for(&format!("decodeURIComponent(location.hash) === '#' + {heading}.id")).await;
        tab.wait_for(&format!("Math.abs({heading}.getBoundingClientRect().top) < 120")).await;
    })
    .await;
}

#[tokio::test]
async fn code_can_be_copied() {
    browse(Scripts::On, async |tab| {
        tab.allow_clipboard().await;
        tab.goto(AUTOMATION).await;
        if !tab.eval::<bool>("Boolean(navigator.clipboard)").await {
            println!("skipped: this Chromium gives pages on plain loopback no clipboard");
            return;
        }
        tab.click(".copy").await;
        tab.wait_for("document.querySelector('.copy').textContent === 'Copied'").await;
        let copied: String = tab.eval("navigator.clipboard.readText()").await;
        assert_eq!(
            copied,
            tab.eval::<String>("document.querySelector('.document pre').textContent").await
        );
    })
    .await;
}

#[tokio::test]
async fn paper_holds_the_document_and_nothing_around_it() {
    browse(Scripts::On, async |tab| {
        tab.goto(SYSTEMS).await;
        tab.run("document.documentElement.dataset.theme = 'dark'").await;
        tab.become_paper().await;
        tab.wait_for("getComputedStyle(document.body).color === 'rgb(23, 23, 28)'").await;
        for (css, shown) in
            [(".bar", false), (".foot", false), (".toc", false), ("h1", true), (".document", true)]
        {
            tab.wait_for(&format!("document.querySelector('{css}').checkVisibility() === {shown}"))
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn these_tests_notice_what_they_look_for() {
    browse(Scripts::On, async |tab| {
        tab.goto("/").await;
        assert_eq!(tab.complaints().await, Vec::<String>::new());
        tab.run("console.error('a page is broken')").await;
        tab.run("document.body.setAttribute('style', 'color: red')").await;
        let complaints = tab.complaints().await;
        assert!(complaints.iter().any(|line| line.contains("a page is broken")), "{complaints:?}");
        assert!(
            complaints.iter().any(|line| line.contains("Content Security Policy")),
            "{complaints:?}"
        );
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        tab.become_phone(320).await;
        assert!(tab.eval::<u32>(NEEDED_WIDTH).await <= 320);
        tab.run("document.querySelector('h1').style.width = '400px'").await;
        assert!(tab.eval::<u32>(NEEDED_WIDTH).await >= 400);
        tab.press(Key::Tab).await;
        assert!(tab.eval::<bool>(FOCUS_IS_VISIBLE).await);
        tab.run("document.activeElement.style.outline = 'none'").await;
        assert!(!tab.eval::<bool>(FOCUS_IS_VISIBLE).await);
    })
    .await;
}
