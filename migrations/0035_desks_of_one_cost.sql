-- Desks that cost the same however large the database is.

-- Recruiters who are not here any more, or will not be from some instant on: what they looked after is found
-- from them, in place of asking of every open application who its recruiter is. Kept by a trigger.
create table former_recruiter (
  account_id uuid not null constraint former_recruiter_pkey primary key
    constraint former_recruiter_account_fkey references account on delete cascade,
  from_at timestamptz not null
);

create function recruiter_leaves() returns trigger
language plpgsql as $$
begin
  if new.roles @> array['recruiter'] and new.disabled_at is null and new.ends_at is null then
    delete from former_recruiter where account_id = new.account_id;
  elsif old.roles @> array['recruiter'] or new.roles @> array['recruiter'] then
    insert into former_recruiter (account_id, from_at)
    values (
      new.account_id,
      case
        when new.roles @> array['recruiter'] and new.disabled_at is null then new.ends_at
        else '-infinity'
      end)
    on conflict (account_id) do update set from_at = excluded.from_at;
  end if;
  return null;
end $$;

create trigger recruiter_leaves
  after update of roles, disabled_at, ends_at on account
  for each row
  when (old.roles is distinct from new.roles or old.disabled_at is distinct from new.disabled_at
    or old.ends_at is distinct from new.ends_at)
  execute function recruiter_leaves();

insert into former_recruiter (account_id, from_at)
select a.account_id,
  case
    when a.roles @> array['recruiter'] and a.disabled_at is null then a.ends_at
    else '-infinity'
  end
from account a
where (not a.roles @> array['recruiter'] or a.disabled_at is not null or a.ends_at is not null)
  and exists (select from application p where p.recruiter_id = a.account_id);

-- The seats of an interviewer in the order of a desk, without looking at the rows.
drop index panel_member_present_idx;
create index panel_member_present_idx on panel_member (account_id, lapses_at)
  include (panel_member_id, assignment_id, accepted_at, answer_by, is_shadow)
  where left_at is null and goes_on;

-- The assignment itself is at its end: whoever reads a seat and its stage looks it up once.
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
    from application q
    join application_party y using (application_id)
    where q.candidate_id = p.candidate_id and y.account_id = m.account_id
      and (g.is_blind or q.application_id = p.application_id));

grant select, insert, update, delete on former_recruiter to portal_app;
