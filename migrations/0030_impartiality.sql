-- Whoever knows a candidate by name sits on no blind panel of theirs, long after they have handed an application
-- over; whoever sits on a blind one is not asked onto one that says the name; and whoever has a conflict with a
-- candidate neither sits on a panel of theirs nor runs an application.
--
-- A conflict is told with every application of the candidate locked, and so is a seat given with its own: one
-- of them comes first, and the other sees it.

alter table conflict
  -- In which application it was told: its recruiter alone reads why, and takes it back.
  add column application_id uuid constraint conflict_application_fkey references application on delete cascade;

-- Who knows or has known by name whose an application is, and in which part they came to.
create table application_party (
  application_id uuid not null
    constraint application_party_application_fkey references application on delete cascade,
  account_id uuid not null constraint application_party_account_fkey references account on delete cascade,
  part text not null
    constraint application_party_part_known check (part in ('recruiter', 'manager', 'administrator')),
  constraint application_party_pkey primary key (application_id, account_id)
);

create function application_has_parties() returns trigger
language plpgsql as $$
begin
  insert into application_party (application_id, account_id, part)
  values (new.application_id, new.recruiter_id, 'recruiter')
  on conflict do nothing;
  if new.manager_id is not null then
    insert into application_party (application_id, account_id, part)
    values (new.application_id, new.manager_id, 'manager')
    on conflict do nothing;
  end if;
  return null;
end $$;

create trigger application_has_parties
  after insert or update of recruiter_id, manager_id on application
  for each row
  execute function application_has_parties();

insert into application_party (application_id, account_id, part)
select application_id, recruiter_id, 'recruiter'
from application
union all
select application_id, manager_id, 'manager'
from application
where manager_id is not null and manager_id <> recruiter_id;

-- Those before them are in the log.
insert into application_party (application_id, account_id, part)
select e.about_id, a.account_id, 'recruiter'
from audit_event e
join application p on p.application_id = e.about_id
join account a on a.account_id in (e.actor_id, (e.refs ->> 'recruiter')::uuid)
where e.action in ('application.added', 'application.handed_over')
on conflict do nothing;

insert into application_party (application_id, account_id, part)
select e.about_id, a.account_id, 'manager'
from audit_event e
join application p on p.application_id = e.about_id
join account a on a.account_id = (e.refs ->> 'manager')::uuid
where e.action = 'application.handed_over'
on conflict do nothing;

insert into application_party (application_id, account_id, part)
select e.about_id, a.account_id, 'administrator'
from audit_event e
join application p on p.application_id = e.about_id
join account a on a.account_id = e.actor_id
where e.action = 'application.identity_seen'
on conflict do nothing;

-- What keeps somebody off a panel of an application, blind or not, in one word; none where nothing does. The
-- panels of the candidate are looked up by the candidate's stages: somebody may have sat on thousands.
create function panel_bar(p application, who uuid, blind boolean) returns text
language sql stable
return case
  when who = p.candidate_id then 'runs_it'
  else coalesce(
    (
      select case y.part when 'administrator' then 'knows_who' else 'runs_it' end
      from application_party y
      where y.application_id = p.application_id and y.account_id = who),
    (
      select 'conflict'
      from conflict c
      where c.candidate_id = p.candidate_id and c.account_id = who),
    (
      select 'knows_who'
      from application q
      join application_party y using (application_id)
      where blind and q.candidate_id = p.candidate_id and y.account_id = who
      limit 1),
    (
      select case when blind then 'knows_who' else 'sits_blind' end
      from application q
      join assignment o using (application_id)
      cross join lateral (
        select
        from panel_member m
        where m.assignment_id = o.assignment_id and m.account_id = who
          and (blind or m.left_at is null and m.goes_on)
        limit 1) m
      where q.candidate_id = p.candidate_id and o.is_blind <> blind
      limit 1))
end;

create or replace function panel_member_is_impartial() returns trigger
language plpgsql as $$
begin
  if exists (
    select
    from assignment g
    join application p using (application_id)
    where g.assignment_id = new.assignment_id and panel_bar(p, new.account_id, g.is_blind) is not null)
  then
    raise exception 'not impartial' using errcode = 'check_violation',
      constraint = 'panel_member_is_impartial', table = 'panel_member';
  end if;
  return new;
end $$;

-- That somebody only thinks they recognise an alias keeps them from looking at the work, and from nothing else.
create or replace function application_is_run_impartially() returns trigger
language plpgsql as $$
begin
  if exists (
    select
    from panel_member m
    join assignment g using (assignment_id)
    where g.application_id = new.application_id
      and m.left_at is null
      and m.account_id in (new.recruiter_id, new.manager_id))
  then
    raise exception 'on the panel' using errcode = 'check_violation',
      constraint = 'application_is_run_impartially', table = 'application';
  end if;
  if exists (
    select
    from conflict c
    where c.candidate_id = new.candidate_id and c.account_id in (new.recruiter_id, new.manager_id)
      and c.kind <> 'recognised')
  then
    raise exception 'has a conflict' using errcode = 'check_violation',
      constraint = 'application_is_run_impartially', table = 'application';
  end if;
  return new;
end $$;

drop trigger application_is_run_impartially on application;

create trigger application_is_run_impartially
  before insert or update of recruiter_id, manager_id on application
  for each row
  execute function application_is_run_impartially();

-- The seats in which somebody sits, or is asked to, with what every reader of them needs.
create view seat_in_force with (security_invoker = true) as
select m.panel_member_id, m.assignment_id, m.account_id, m.is_shadow, m.invited_at, m.answer_by,
  m.accepted_at, m.needs_until, m.goes_on, m.lapses_at, m.version, g.application_id, g.stage_id,
  p.candidate_id, p.recruiter_id, p.manager_id,
  case when g.is_blind then p.alias else a.name end as who
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
    from application q
    join application_party y using (application_id)
    where q.candidate_id = p.candidate_id and y.account_id = m.account_id
      and (g.is_blind or q.application_id = p.application_id));

-- How much somebody has to do at an instant, without `besides`: panels of theirs that go on, and those they
-- were asked onto since `from_`. Seats in training count for nothing.
create function interviewer_load(who uuid, at timestamptz, from_ timestamptz, besides uuid)
returns table (going bigint, asked bigint)
language sql stable parallel safe
begin atomic
  select
    (
      select count(*)
      from panel_member m
      where m.account_id = who and m.left_at is null and m.goes_on and m.lapses_at > at
        and not m.is_shadow and m.assignment_id is distinct from besides),
    (
      select count(*)
      from panel_member m
      where m.account_id = who and m.invited_at > from_ and m.left_at is null
        and not m.is_shadow and m.assignment_id is distinct from besides);
end;

grant select, insert, update (part) on application_party to portal_app;
grant select on seat_in_force to portal_app;
grant delete on conflict to portal_app;
