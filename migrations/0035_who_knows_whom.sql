-- Whoever knows a candidate by name from anywhere sits on no blind panel of theirs: from another application
-- that they run or ran, or from a panel that was not blind. And whoever sits on a blind one is not asked onto
-- one that says the name. A conflict is read and taken back where it was told; that somebody only thinks they
-- recognise an alias keeps them from looking at the work, and from nothing else.

alter table conflict
  -- In which application it was told: its recruiter alone reads why.
  add column application_id uuid constraint conflict_application_fkey references application on delete cascade;

create or replace function panel_member_is_impartial() returns trigger
language plpgsql as $$
begin
  if exists (
    select
    from assignment g
    join application p using (application_id)
    where g.assignment_id = new.assignment_id
      and (new.account_id = p.candidate_id
        or exists (
          select
          from application q
          join application_party y using (application_id)
          where q.candidate_id = p.candidate_id and y.account_id = new.account_id
            and (g.is_blind or q.application_id = p.application_id))
        or exists (
          select
          from conflict c
          where c.candidate_id = p.candidate_id and c.account_id = new.account_id)
        or exists (
          select
          from application q
          join assignment o using (application_id)
          join panel_member m using (assignment_id)
          where q.candidate_id = p.candidate_id and m.account_id = new.account_id
            and case
              when g.is_blind then not o.is_blind
              else o.is_blind and m.left_at is null and m.goes_on
            end)))
  then
    raise exception 'not impartial' using errcode = 'check_violation',
      constraint = 'panel_member_is_impartial', table = 'panel_member';
  end if;
  return new;
end $$;

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

create or replace view seat_in_force with (security_invoker = true) as
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
