-- What the desk and the pipeline of recruiters left out: who has the ball where the phase does not say it, and what
-- a blind panel does not see yet. Besides, what candidates were called before.

alter table standing
  -- Who is to move next, where it is not whoever the phase says: until when, or for as long as this stands.
  -- The candidate while a fix is awaited or an offer is open, HR while it prepares one, the hiring manager while a
  -- decision is not told, the firm while its assessment decides and is not here.
  add column ball text constraint standing_ball_known check (ball in ('candidate', 'manager', 'hr', 'firm')),
  add column ball_until timestamptz,
  -- The stage whose blind panel does not see all that was handed in, since its recruiter has still to look at links or
  -- at what names the candidate. It follows from `submission` alone, so that `renew_standings` leaves it as it is.
  add column passes_id uuid;

create or replace function renew_standings(ids uuid[]) returns void
language plpgsql as $$
begin
  -- Whoever changes one of these meanwhile is waited for; what they changed is seen below.
  perform from standing where application_id = any(ids) order by application_id for update;
  insert into standing as s (
    application_id, candidate_id, recruiter_id, manager_id, track_id, target_level, created_at, closed_at,
    assignment_id, stage_id, format, phase, since, due_at, handed_in_at, answer_within_days, turns_at, turns_to,
    asks_id, asks_stage_id, asks_since, asks_until,
    panel_id, panel_stage_id, panel_missing, panel_from, panel_until,
    follows, follows_from, reserve_at, ball, ball_until)
  select p.application_id, p.candidate_id, p.recruiter_id, p.manager_id, p.track_id, p.target_level,
    p.created_at, p.closed_at, g.assignment_id, g.stage_id, g.format, f.phase,
    case f.phase
      when 'assigned' then g.assigned_at
      when 'in_progress' then g.started_at
      when 'submitted' then g.submitted_at
      when 'opened' then g.opened_at
      when 'decided' then g.decided_at
      else g.closed_at
    end,
    case f.phase when 'assigned' then g.start_by when 'in_progress' then g.due_at end,
    case
      when f.phase in ('submitted', 'opened')
        then coalesce(
          greatest(g.submitted_at, coalesce(g.fix_handed_in_at, g.fix_due_at)), g.opened_at)
    end,
    g.answer_within_days, t.at, case when t.at is not null then t.turns_to end,
    r.assignment_id, r.stage_id, r.asked_at, r.cutoff_at,
    w.assignment_id, w.stage_id, w.missing, w.wanted_from, w.wanted_until,
    n.what, case when n.what is not null then n.at end, c.called_at, b.ball, case when b.ball is not null then b.until end
  from application p
  left join lateral (
    select *
    from assignment a
    where a.application_id = p.application_id
    order by a.assigned_at desc, a.assignment_id desc
    limit 1) g on true
  cross join lateral (
    select case when g.state = 'closed' then g.closed_why else g.state end as phase) f
  cross join lateral (
    select
      case g.state
        when 'assigned' then g.start_by
        when 'in_progress' then coalesce(g.cutoff_at, g.waits_from)
        when 'submitted' then case
          when g.format = 'take_home'
            then greatest(g.submitted_at, least(g.submitted_at + interval '60 minutes', g.cutoff_at))
          else g.submitted_at
        end
      end as at,
      case
        when g.state = 'assigned' then 'lapsed'
        when g.state = 'submitted' then 'voting'
        when g.cutoff_at is null then 'waiting'
        when g.format = 'live_session' or g.work_at is not null then 'voting'
        else 'lapsed'
      end as turns_to) t
  left join lateral (
    select a.assignment_id, a.stage_id, r.asked_at, a.cutoff_at
    from assignment a
    join time_request r using (assignment_id)
    where a.application_id = p.application_id and a.state = 'in_progress' and r.answered_at is null
    order by r.asked_at, r.time_request_id
    limit 1) r on true
  left join lateral (
    select a.assignment_id, a.stage_id, greatest(a.panel_size - m.seated, 0) as missing,
      case
        when m.seated < a.panel_size then coalesce(m.last_left, a.assigned_at)
        else m.first_answer_by
      end as wanted_from,
      case
        when a.state = 'assigned' then a.start_by
        when a.state = 'in_progress' and a.format <> 'live_session' and a.work_at is null then a.cutoff_at
      end as wanted_until
    from assignment a
    cross join lateral (
      select count(*) filter (where l.left_at is null and not l.is_shadow) as seated,
        max(l.left_at) as last_left,
        min(l.answer_by) filter (where l.left_at is null and l.accepted_at is null) as first_answer_by
      from panel_member l
      where l.assignment_id = a.assignment_id) m
    where a.application_id = p.application_id
      and a.state in ('assigned', 'in_progress', 'submitted')
      and (m.seated < a.panel_size or m.first_answer_by is not null)
    order by wanted_from, a.assignment_id
    limit 1) w on true
  left join lateral (
    select o.state, case o.state when 'made' then o.answer_by else o.since end as at
    from offer o
    where o.application_id = p.application_id and g.state = 'decided'
    order by o.handed_over_at desc, o.offer_id desc
    limit 1) o on true
  cross join lateral (
    select
      case
        when g.state is distinct from 'decided' or g.told_at is null then null
        when g.outcome = 'decline' then 'declined'
        when o.state is null then 'next'
        when o.state in ('made', 'declined', 'withdrawn') then 'offered'
      end as what,
      coalesce(o.at, g.told_at) as at) n
  cross join lateral (
    select
      case
        when g.state in ('submitted', 'opened') and g.fix_handed_in_at is null
          and coalesce(g.submitted_at, g.cutoff_at) <= g.fix_asked_at then 'candidate'
        when g.state = 'in_progress' and g.format = 'external' then 'firm'
        when g.state = 'submitted' and g.decides = 'assessment' and not exists (
          select from assessment f where f.assignment_id = g.assignment_id and f.handed_in_at is not null)
          then 'firm'
        when g.state is distinct from 'decided' then null
        when o.state in ('handed_over', 'received') then 'hr'
        when o.state = 'made' then 'candidate'
        when o.state is null then 'manager'
      end as ball,
      case
        -- With the grace that is not announced.
        when g.state in ('submitted', 'opened') and g.fix_handed_in_at is null
          then g.fix_due_at + interval '5 minutes'
        when g.state = 'in_progress' then t.at
        when o.state is null then g.told_at
        when o.state = 'made' then o.at
      end as until) b
  left join reserve c on c.assignment_id = g.assignment_id and g.state in ('in_progress', 'submitted')
  where p.application_id = any(ids)
  order by p.application_id
  on conflict (application_id) do update
  set recruiter_id = excluded.recruiter_id, manager_id = excluded.manager_id,
    target_level = excluded.target_level, closed_at = excluded.closed_at,
    assignment_id = excluded.assignment_id, stage_id = excluded.stage_id, format = excluded.format,
    phase = excluded.phase, since = excluded.since, due_at = excluded.due_at,
    handed_in_at = excluded.handed_in_at, answer_within_days = excluded.answer_within_days,
    turns_at = excluded.turns_at, turns_to = excluded.turns_to,
    asks_id = excluded.asks_id, asks_stage_id = excluded.asks_stage_id, asks_since = excluded.asks_since,
    asks_until = excluded.asks_until, panel_id = excluded.panel_id,
    panel_stage_id = excluded.panel_stage_id, panel_missing = excluded.panel_missing,
    panel_from = excluded.panel_from, panel_until = excluded.panel_until,
    follows = excluded.follows, follows_from = excluded.follows_from, reserve_at = excluded.reserve_at,
    ball = excluded.ball, ball_until = excluded.ball_until
  where s is distinct from excluded;
end $$;

create trigger assessment_handed_in after update on assessment
  referencing new table as changed for each statement execute function renew_standings_of_assignments();

-- Whether a blind panel sees all of it only once its recruiter has looked: the same as `Clearing::waits`.
create function submission_waits(u submission) returns boolean
language sql immutable parallel safe
return u.links <> '{}' and u.links_cleared_at is null or u.as_it_is and u.work_cleared_at is null;

create function standing_follows_submissions() returns trigger
language plpgsql as $$
begin
  update standing s
  set passes_id = (
    select u.assignment_id
    from assignment g
    join submission u using (assignment_id)
    where g.application_id = s.application_id and g.is_blind and u.stands and submission_waits(u)
    order by u.handed_in_at desc, u.assignment_id desc
    limit 1)
  from assignment a
  where a.assignment_id = new.assignment_id and s.application_id = a.application_id;
  return null;
end $$;

create trigger standing_follows_new_submissions
  after insert on submission
  for each row
  execute function standing_follows_submissions();
create trigger standing_follows_submissions
  after update of stands, links_cleared_at, work_cleared_at on submission
  for each row
  when ((old.stands, old.links_cleared_at, old.work_cleared_at)
    is distinct from (new.stands, new.links_cleared_at, new.work_cleared_at))
  execute function standing_follows_submissions();

drop index standing_open_by_recruiter_idx;
create index standing_open_by_recruiter_idx
  on standing (recruiter_id, created_at desc, application_id desc)
  include (candidate_id, track_id, target_level, assignment_id, stage_id, format, phase, since, due_at,
    handed_in_at, answer_within_days, turns_at, turns_to, asks_id, asks_stage_id, asks_since, asks_until,
    panel_id, panel_stage_id, panel_missing, panel_from, panel_until, knows_from, follows, follows_from,
    reserve_at, ball, ball_until, passes_id)
  where closed_at is null;
drop index standing_open_by_manager_idx;
create index standing_open_by_manager_idx
  on standing (manager_id, created_at desc, application_id desc)
  include (recruiter_id, candidate_id, track_id, target_level, assignment_id, stage_id, format, phase, since,
    due_at, handed_in_at, answer_within_days, turns_at, turns_to, asks_id, asks_until, ball, ball_until)
  where closed_at is null;

select renew_standings(array(
  select application_id
  from assignment
  where state = 'decided' or fix_due_at is not null or format = 'external' and state <> 'closed'));
update standing s
set passes_id = w.assignment_id
from (
  select distinct on (g.application_id) g.application_id, u.assignment_id
  from assignment g
  join submission u using (assignment_id)
  where g.is_blind and u.stands and submission_waits(u)
  order by g.application_id, u.handed_in_at desc, u.assignment_id desc) w
where w.application_id = s.application_id;

-- What a candidate was called before: a blind panel sees none of it, whenever the work was made.
create table former_name (
  account_id uuid not null constraint former_name_account_fkey references account on delete cascade,
  name text not null,
  email text not null,
  constraint former_name_pkey primary key (account_id, name, email)
);

create function former_name_follows_account() returns trigger
language plpgsql as $$
begin
  insert into former_name (account_id, name, email)
  select old.account_id, old.name, old.email
  where exists (select from application p where p.candidate_id = old.account_id)
  on conflict do nothing;
  return null;
end $$;

create trigger former_name_follows_account
  after update of name, email on account
  for each row
  when ((old.name, old.email) is distinct from (new.name, new.email))
  execute function former_name_follows_account();

grant select, insert on former_name to portal_app;
