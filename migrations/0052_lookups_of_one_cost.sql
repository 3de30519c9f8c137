-- What desks and pages look up one row at a time is found in as many steps in a large database as in a small one:
-- the tree of a primary key grows by a level with every hundredfold, and these are asked for fifty times a page.
create index assignment_by_id_idx on assignment using hash (assignment_id);
create index application_by_id_idx on application using hash (application_id);
create index panel_member_by_id_idx on panel_member using hash (panel_member_id);

-- The name of a candidate is looked up where a panel knows it, and nowhere else.
create or replace view seat_in_force with (security_invoker = true) as
select m.panel_member_id, m.assignment_id, m.account_id, m.is_shadow, m.invited_at, m.answer_by,
  m.accepted_at, m.needs_until, m.goes_on, m.lapses_at, m.version, g.application_id, g.stage_id,
  p.candidate_id, p.recruiter_id, p.manager_id,
  case when g.is_blind then p.alias
    else (select a.name from account a where a.account_id = p.candidate_id) end as who,
  g as it
from panel_member m
join assignment g using (assignment_id)
join application p using (application_id)
where m.left_at is null
  and not exists (
    select
    from conflict c
    where c.candidate_id = p.candidate_id and c.account_id = m.account_id)
  and not exists (
    select
    from application_party y
    where y.candidate_id = p.candidate_id and y.account_id = m.account_id
      and (g.is_blind or y.application_id = p.application_id));
