//! Résumés: given with a candidate or later, read by those who run the application, and by nobody else.

use http::StatusCode;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::html::text;
use crate::support::interview::Between;

const PDF: &[u8] = b"%PDF-1.7\nZo\xc3\xab at work since 2015\n%%EOF";

#[tokio::test]
async fn a_resume_comes_with_its_candidate_and_is_lost_by_no_other_mistake_unsaid() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let mut fields = [
        ("name", "Zoë Brzęczyszczykiewicz"),
        ("email", "zoe@example.org"),
        ("track", "operations"),
        ("level", "6"),
        ("manager", ""),
        ("source", ""),
        ("note", ""),
        ("time", "100"),
    ];
    let refused = tomas.upload("/candidates/add", &fields, ("resume", PDF)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("Choose the file again"), "{}", text(&refused.text()));
    fields[3].1 = "3";
    let refused = tomas.upload("/candidates/add", &fields, ("resume", b"PK\x03\x04")).await;
    assert!(text(&refused.text()).contains("This is no PDF"), "{}", text(&refused.text()));
    let added = tomas.upload("/candidates/add", &fields, ("resume", PDF)).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", text(&added.text()));
    let page = added.header("location").split('?').next().unwrap().to_owned();
    let told = text(&tomas.page(&page).await);
    assert!(told.contains("added the résumé"), "{told}");
    let file = tomas.get(&format!("{page}/resume.pdf")).await;
    assert_eq!((file.status, &file.body[..]), (StatusCode::OK, PDF));
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"resume.pdf\"");
    assert_eq!(file.header("content-type"), "application/pdf");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_resume_is_replaced_and_removed_and_no_panel_reads_it() {
    let portal = Portal::shipped().await;
    let mut tomas = portal.signed_in(&[Role::Recruiter]).await;
    let mut sean = portal.signed_in(&[Role::HiringManager]).await;
    let zoe = portal.signed_in(&[Role::Candidate]).await;
    let mut mina = portal.signed_in(&[Role::Interviewer]).await;
    let between = Between {
        candidate: zoe.account.unwrap(),
        recruiter: tomas.account.unwrap(),
        manager: sean.account,
    };
    let made = portal.interview(between).await;
    portal.seat(made, mina.account.unwrap()).await;
    let page = format!("/applications/{}", made.application);
    let (form, file) = (format!("{page}/resume"), format!("{page}/resume.pdf"));
    assert_eq!(tomas.get(&file).await.status, StatusCode::NOT_FOUND);
    let none = tomas.upload(&form, &[], ("resume", b"")).await;
    assert!(text(&none.text()).contains("Choose a file"), "{}", text(&none.text()));
    for version in [PDF, b"%PDF-1.4 shorter", b"%PDF-1.4 shorter"] {
        let kept = tomas.upload(&form, &[], ("resume", version)).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER);
        assert_eq!(sean.get(&file).await.body, version);
    }
    let kept = "select count(*) from audit_event where action = 'application.resume_kept'";
    let kept: i64 = sqlx::query_scalar(kept).fetch_one(&portal.owner().await).await.unwrap();
    assert_eq!(kept, 2, "the same again is no change");
    assert!(!sean.page(&page).await.contains(&format!("{form}\"")), "he changes nothing");
    assert_eq!(mina.get(&file).await.status, StatusCode::NOT_FOUND);
    let review = mina.page(&format!("/reviews/{}", made.assignment)).await;
    assert!(!review.contains("resume"), "{review}");
    tomas.submit(&form, &[("do", "remove")]).await;
    assert_eq!(tomas.get(&file).await.status, StatusCode::NOT_FOUND);
}
