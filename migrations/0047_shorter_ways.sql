-- Shorter ways to what desks, pages and reports look up for every row they show.

-- Whoever knows a candidate is found by the candidate, in one step, and not through every application of theirs.
alter table application_party
  add column candidate_id uuid
    constraint application_party_candidate_fkey references account on delete cascade;

update application_party y
set candidate_id = p.candidate_id
from application p
where p.application_id = y.application_id;

alter table application_party alter column candidate_id set not null;
create index application_party_by_candidate_idx on application_party (candidate_id, account_id)
  include (application_id);

create function application_party_follows_application() returns trigger
language plpgsql as $$
begin
  select p.candidate_id into new.candidate_id from application p where p.application_id = new.application_id;
  return new;
end $$;

create trigger application_party_follows_application
  before insert on application_party
  for each row
  execute function application_party_follows_application();

create or replace view seat_in_force with (security_invoker = true) as
select m.panel_member_id, m.assignment_id, m.account_id, m.is_shadow, m.invited_at, m.answer_by,
  m.accepted_at, m.needs_until, m.goes_on, m.lapses_at, m.version, g.application_id, g.stage_id,
  p.candidate_id, p.recruiter_id, p.manager_id,
  case when g.is_blind then p.alias else a.name end as who,
  g as it
from panel_member m
join assignment g using (assignment_id)
join application p using (application_id)
join account a on a.account_id = p.candidate_id
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

-- How many panels somebody was asked onto of late is counted without a look at the rows.
drop index panel_member_by_account_idx;
create index panel_member_by_account_idx on panel_member (account_id, invited_at)
  include (assignment_id, left_at, is_shadow);

-- A note of the log is looked up by its event, however many there are.
create index audit_note_by_event_idx on audit_note using hash (event_id);

-- Whether a panel was of one mind, once its votes are open; none where nobody is to know who voted what, or where
-- fewer than two voted. Reports count it over years.
alter table assignment
  add column panel_agreed text
    constraint assignment_panel_agreed_known check (panel_agreed in ('for', 'against', 'two'));

create function panel_agreed(of_assignment uuid) returns text
language sql stable
return (
  select case
      when count(*) < 2 then null
      when min(o.value) > 0 then 'for'
      when max(o.value) < 0 then 'against'
      else 'two'
    end
  from opened_vote o
  where o.assignment_id = of_assignment and not o.is_practice);

create function assignment_follows_votes() returns trigger
language plpgsql as $$
begin
  update assignment g
  set panel_agreed = panel_agreed(g.assignment_id)
  where g.assignment_id in (select assignment_id from opened) and g.attribution = 'attributed';
  return null;
end $$;

create trigger assignment_follows_votes
  after insert on opened_vote
  referencing new table as opened for each statement execute function assignment_follows_votes();

update assignment g
set panel_agreed = panel_agreed(g.assignment_id)
where g.opened_at is not null and g.attribution = 'attributed';

drop index opened_vote_values_idx;
