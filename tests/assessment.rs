//! An outside firm sees one stage, reads what was found, and hands in what it says of it, once.

use http::StatusCode;
use portal::clock::SignedDuration;
use portal::review::store::clock::open_due;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::interview::Between;

const PDF: &[u8] = b"%PDF-1.4\ntrailer << >>\n%%EOF";
const SAYS: &str = "The audit finds what matters, and ranks it well.";

/// The security audit, given to a candidate and handed to a firm.
struct Audit {
    portal: Portal,
    tomas: Browser,
    sean: Browser,
    zoe: Browser,
    derek: Browser,
    run: String,
    own: String,
    assess: String,
    work: String,
    alias: String,
}

async fn audit(decides: &str) -> Audit {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let sean = portal.signed_in(&[Role::HiringManager]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let derek = portal.signed_in(&[Role::External]).await;
    portal.call(zoe.account.unwrap(), "Zoë Brzęczyszczykiewicz").await;
    portal.call(derek.account.unwrap(), "Derek Osei").await;
    let stage = "select s.stage_id::text, s.stage_id from stage s join track t using (track_id)
         where t.slug = 'security' order by s.position desc limit 1";
    let owner = portal.owner().await;
    let (stage, _): (String, uuid::Uuid) = sqlx::query_as(stage).fetch_one(&owner).await.unwrap();
    let recipe = format!("/settings/recipes/{stage}");
    let version = maya.version_of(&recipe).await;
    let fields = [
        ("version", version.as_str()),
        ("format", "external"),
        ("time_limit", ""),
        ("effort", ""),
        ("agenda", ""),
        ("parts", ""),
        ("panel_size", "1"),
        ("quorum", "1"),
        ("decides", decides),
        ("blind", "yes"),
        ("start_within", "7"),
        ("answer_within", "5"),
    ];
    maya.submit(&recipe, &fields).await;
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: sean.account,
    };
    let id = portal.application_in("security", between).await;
    let give = format!("/applications/{id}/give");
    tomas.submit(&give, &[("stage", &stage), ("level", "3"), ("by", "")]).await;
    let (given, alias): (String, String) = sqlx::query_as(
        "select g.assignment_id::text, p.alias from assignment g join application p using (application_id)",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    let run = format!("/applications/{id}/assignments/{given}");
    let page = text(&tomas.page(&run).await);
    assert!(page.contains("Its account here") && page.contains("Derek Osei"), "{page}");
    let _told = portal.letters().await;
    let version = tomas.version_of(&run).await;
    let firm = derek.account.unwrap().to_string();
    let fields =
        [("do", "hand-to-firm"), ("touch", ""), ("firm", &firm), ("version", version.as_str())];
    let page = text(&tomas.submit(&run, &fields).await);
    assert!(page.contains("That is done, and the candidate is told."), "{page}");
    Audit {
        own: format!("/my/assignments/{given}"),
        assess: format!("/assessments/{given}"),
        work: format!("/assignments/{given}/work"),
        portal,
        tomas,
        sean,
        zoe,
        derek,
        run,
        alias,
    }
}

fn seen(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"seen\" value=\"").expect("it can be handed in");
    rest.split('"').next().unwrap().to_owned()
}

impl Audit {
    async fn state(&self) -> String {
        sqlx::query_scalar("select state from assignment")
            .fetch_one(&self.portal.owner().await)
            .await
            .unwrap()
    }

    /// The candidate hands in what they found.
    async fn finds(&mut self) {
        let hand_in = format!("{}/hand-in", self.own);
        let note = "The bucket is public. Zoë Brzęczyszczykiewicz";
        let fields =
            [("version", "0"), ("level", "3"), ("links", ""), ("note", note), ("do", "look")];
        let page = self.zoe.submit(&hand_in, &fields).await;
        let seen = seen(&page);
        let look = format!("{hand_in}/look");
        self.zoe.submit(&look, &[("do", "hand-in"), ("seen", &seen)]).await;
    }

    async fn keeps(who: &mut Browser, assess: &str, file: &[u8]) -> (StatusCode, String) {
        Self::keeps_as(who, assess, (SAYS, file)).await
    }

    async fn keeps_as(
        who: &mut Browser,
        assess: &str,
        (says, file): (&str, &[u8]),
    ) -> (StatusCode, String) {
        let version = who.version_of(assess).await;
        let fields = [("version", version.as_str()), ("text", says), ("do", "keep")];
        let answer = who.upload(assess, &fields, ("file", file)).await;
        (answer.status, text(&answer.text()))
    }

    async fn hands_in(who: &mut Browser, assess: &str) -> String {
        let seen = seen(&who.page(assess).await);
        let fields = [("do", "hand-in"), ("seen", seen.as_str()), ("ends", "1")];
        let page = text(&who.submit(assess, &fields).await);
        // A retry is the same.
        let again = who.post(assess, &fields).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", text(&again.text()));
        page
    }

    async fn opens(&self) {
        open_due(&self.portal.db, self.portal.clock.now()).await.unwrap();
    }

    async fn subjects(&self) -> Vec<String> {
        let letters = self.portal.letters().await;
        letters.iter().map(|letter| letter.subject.as_str().to_owned()).collect()
    }
}

#[tokio::test]
async fn what_the_firm_has_begun_is_its_own() {
    let mut it = audit("assessment").await;
    let assess = it.assess.clone();
    // What the recruiter was sent is the firm's to change.
    assert_eq!(Audit::keeps(&mut it.tomas, &assess, PDF).await.0, StatusCode::SEE_OTHER);
    assert!(it.derek.page(&assess).await.contains(SAYS));
    let theirs = ("Port scans go unseen.", PDF);
    assert_eq!(Audit::keeps_as(&mut it.derek, &assess, theirs).await.0, StatusCode::SEE_OTHER);
    let page = it.tomas.page(&assess).await;
    assert!(text(&page).contains("The firm is writing it here"), "{}", text(&page));
    assert!(!page.contains(theirs.0) && !page.contains("name=\"seen\""), "{page}");
    let fields = [("version", "2"), ("text", "Sound."), ("do", "keep")];
    let refused = it.tomas.post(&assess, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("has begun to write it"), "{}", refused.text());
    let seen = seen(&it.derek.page(&assess).await);
    let fields = [("do", "hand-in"), ("seen", seen.as_str())];
    let refused = it.tomas.post(&assess, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    // What was typed since is not handed in unseen, and nothing ends a stage for its candidate unsaid.
    let other = ("text", "Port scans are seen after all.");
    let hand_in = [("do", "hand-in"), ("seen", seen.as_str()), ("ends", "1")];
    let changed = [&hand_in[..], &[other, ("version", "2")]].concat();
    let says = text(&it.derek.submit(&assess, &changed).await);
    assert!(says.contains("look once more, then hand it in") && says.contains(other.1), "{says}");
    let seen = self::seen(&it.derek.page(&assess).await);
    let fields = [("do", "hand-in"), ("seen", seen.as_str())];
    let refused = it.derek.post(&assess, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("would end the stage for them"), "{}", refused.text());
    Audit::hands_in(&mut it.derek, &assess).await;
    assert!(it.tomas.page(&assess).await.contains(other.1), "once it is handed in");
}

#[tokio::test]
async fn a_firm_reads_the_findings_by_alias_and_its_assessment_opens_the_stage_for_the_manager() {
    let mut it = audit("assessment").await;
    let letters = it.portal.letters().await;
    let asked = letters.iter().find(|one| one.subject.as_str().starts_with("Please assess"));
    let asked = asked.expect("the firm is asked");
    assert!(asked.subject.as_str().contains(&it.alias) && !asked.text.contains("Zoë"));
    let desk = text(&it.derek.page("/desk").await);
    assert!(desk.contains(&format!("{} waits for your assessment in ", it.alias)), "{desk}");
    let (assess, work) = (it.assess.clone(), it.work.clone());
    let page = text(&it.derek.page(&assess).await);
    assert!(page.contains("has handed in nothing yet") && !page.contains("Zoë"), "{page}");
    assert_eq!(it.derek.get(&work).await.status, StatusCode::NOT_FOUND);

    it.finds().await;
    it.opens().await;
    assert_eq!(it.state().await, "submitted", "it waits for the firm");
    let pipeline = text(&it.tomas.page("/pipeline?track=security").await);
    assert!(pipeline.contains("Assessment awaited 1"), "{pipeline}");
    assert!(pipeline.contains("With panels 0") && pipeline.contains("With firms 1"), "{pipeline}");
    let my = text(&it.zoe.page("/my").await);
    assert!(my.contains("The firm assesses it."), "{my}");
    let page = text(&it.tomas.page(&it.run.clone()).await);
    assert!(page.contains("The firm’s assessment is awaited."), "{page}");
    assert!(!page.contains("Mark it as received"), "{page}");
    let found = text(&it.derek.page(&work).await);
    assert!(found.contains("The bucket is public.") && !found.contains("Zoë"), "{found}");

    let (status, says) = Audit::keeps(&mut it.derek, &assess, b"PK\x03\x04").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(says.contains("This is no PDF") && says.contains(SAYS), "{says}");
    let (status, says) = Audit::keeps(&mut it.derek, &assess, PDF).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{says}");
    // Nobody reads what is not handed in.
    let page = text(&it.sean.page(&work).await);
    assert!(page.contains("The bucket is public.") && !page.contains(SAYS), "{page}");
    let _told = it.portal.letters().await;
    let page = Audit::hands_in(&mut it.derek, &assess).await;
    assert!(
        page.contains("It stays as it is.") && page.contains("Your account here ends"),
        "{page}"
    );
    let subjects = it.subjects().await;
    let about = |what: &str| subjects.iter().filter(|one| one.starts_with(what)).count();
    assert_eq!(about("We have your assessment of"), 1, "{subjects:?}");
    assert_eq!(about("The assessment of Zoë Brzęczyszczykiewicz is here"), 1, "{subjects:?}");
    let same = [("version", "0"), ("text", SAYS), ("do", "keep")];
    assert_eq!(it.derek.post(&assess, &same).await.status, StatusCode::SEE_OTHER, "it is kept");
    let other = [("version", "1"), ("text", "Another."), ("do", "keep")];
    let refused = it.derek.post(&assess, &other).await;
    assert!(text(&refused.text()).contains("This was handed in, and stays as it is."));

    it.opens().await;
    assert_eq!(it.state().await, "opened");
    let page = it.sean.page(&work).await;
    assert!(text(&page).contains(SAYS), "{}", text(&page));
    let pdf = it.sean.get(&format!("{work}/assessment.pdf")).await;
    assert_eq!((pdf.status, pdf.header("content-type")), (StatusCode::OK, "application/pdf"));
    assert!(pdf.header("content-disposition").starts_with("attachment"));
    assert_eq!(it.tomas.get(&work).await.status, StatusCode::NOT_FOUND);
    let timeline = it.run.split("/assignments").next().unwrap().to_owned();
    let timeline = text(&it.tomas.page(&timeline).await);
    assert!(timeline.contains("Derek Osei handed in the assessment of “"), "{timeline}");
    assert!(timeline.contains("to Derek Osei"), "{timeline}");

    // Whoever wrote it is named to the candidate as little as a panel is.
    let decision = format!("/debriefs/{}/decision", work.split('/').nth(2).unwrap());
    let version = it.sean.version_of(&decision).await;
    let named = [
        ("version", version.as_str()),
        ("outcome", "advance"),
        ("level", "3"),
        ("kind-1", "strength"),
        ("saw-1", "Osei found it whole."),
        ("do", "keep"),
    ];
    it.sean.submit(&decision, &named).await;
    let version = it.sean.version_of(&decision).await;
    let refused = it.sean.post(&decision, &[("do", "decide"), ("version", &version)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("Derek Osei is named"), "{}", text(&refused.text()));

    // Two weeks later nobody is here any more.
    let ends = it.portal.clock.now() + SignedDuration::from_hours(14 * 24);
    it.portal.clock.set(ends);
    let mut derek = it.portal.browser_of(it.derek.account.unwrap()).await;
    assert_eq!(derek.get(&assess).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_firm_sees_its_own_stage_and_no_other() {
    let mut it = audit("assessment").await;
    it.finds().await;
    let mut annika = it.portal.signed_in(&[Role::External]).await;
    for address in [it.assess.clone(), it.work.clone(), format!("{}/report.pdf", it.assess)] {
        assert_eq!(annika.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    assert!(!text(&annika.page("/desk").await).contains("waits for your assessment"));
    // Somebody who knows the candidate sees nothing of it any more.
    sqlx::query(
        "insert into conflict (candidate_id, account_id, kind, reason, told_by, told_at)
         values ($1, $2, 'friends', '', $2, now())",
    )
    .bind(it.zoe.account)
    .bind(it.derek.account)
    .execute(&it.portal.owner().await)
    .await
    .unwrap();
    for address in [it.assess.clone(), it.work.clone()] {
        assert_eq!(it.derek.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn where_votes_decide_the_assessment_moves_the_stage_on_and_the_panel_reads_it() {
    let mut it = audit("").await;
    let (assess, work) = (it.assess.clone(), it.work.clone());
    let given = work.split('/').nth(2).unwrap().to_owned();
    let mut mina = it.portal.signed_in(&[Role::Interviewer]).await;
    let panel = format!("{}/panel", it.run);
    let desk = text(&it.tomas.page("/desk").await);
    assert!(desk.contains("is short of one"), "{desk}");
    let who = mina.account.unwrap().to_string();
    it.tomas.submit(&panel, &[("do", "ask"), ("who", &who)]).await;
    mina.submit(&format!("/reviews/{given}"), &[("do", "accept")]).await;
    let _told = it.portal.letters().await;
    // The recruiter adds it in the firm's place.
    let named = b"%PDF-1.4\n1 0 obj << /Author (Zo\xeb Brz\x65czyszczykiewicz) >> endobj\ntrailer << /Info 1 0 R >>\n%%EOF";
    let (status, says) =
        Audit::keeps_as(&mut it.tomas, &assess, (&format!("{SAYS} Zoë wrote well."), named)).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{says}");
    Audit::hands_in(&mut it.tomas, &assess).await;
    assert_eq!(it.state().await, "submitted");
    let subjects = it.subjects().await;
    assert!(
        subjects.iter().any(|one| one.starts_with("We have what was found in")),
        "{subjects:?}"
    );
    it.opens().await;
    assert_eq!(it.state().await, "submitted", "the panel votes");
    let page = text(&mina.page(&work).await);
    // The recruiter knows the name, and a blind panel reads it nowhere.
    assert!(page.contains(SAYS) && page.contains("wrote well") && !page.contains("Zoë"), "{page}");
    let report = mina.get(&format!("{work}/assessment.pdf")).await;
    assert_eq!(report.status, StatusCode::OK);
    assert!(!report.text().contains("Author (Zo"), "{}", report.text());
    let whole = it.sean.get(&format!("{work}/assessment.pdf")).await;
    assert!(String::from_utf8_lossy(&whole.body).contains("Author (Zo"));
    let page = text(&it.derek.page(&assess).await);
    assert!(page.contains("It stays as it is."), "{page}");
}

#[tokio::test]
async fn a_stage_that_no_firm_runs_is_decided_by_votes() {
    let portal = Portal::shipped().await;
    let mut maya = portal.signed_in(&[Role::Administrator]).await;
    let stage = portal.stage("operations", "automation.md").await;
    let recipe = format!("/settings/recipes/{stage}");
    let version = maya.version_of(&recipe).await;
    let fields = [
        ("version", version.as_str()),
        ("format", "take_home"),
        ("time_limit", "7 days"),
        ("panel_size", "3"),
        ("quorum", "2"),
        ("decides", "assessment"),
        ("start_within", "7"),
        ("answer_within", "5"),
    ];
    let refused = maya.post(&recipe, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("No firm runs it"), "{}", text(&refused.text()));
}
