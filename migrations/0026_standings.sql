-- Where each application stands: the stage given last and what its clock makes of it by itself, in one row
-- that lists, desks and the pipeline read by its indexes alone. The row follows from application, assignment,
-- time_request and panel_member; triggers write it in the transaction of the move, so that no move can forget
-- it. Every move locks its assignments first, and this row last.
--
-- A phase changes by itself at most once, at `turns_at`: nothing has to be written when it does.

create table standing (
  application_id uuid not null constraint standing_pkey primary key
    constraint standing_application_fkey references application on delete cascade,
  candidate_id uuid not null,
  recruiter_id uuid not null,
  manager_id uuid,
  track_id uuid not null,
  target_level smallint not null,
  created_at timestamptz not null,
  closed_at timestamptz,
  -- Of the stage given last; all empty where none was given.
  assignment_id uuid,
  stage_id uuid,
  format text,
  phase text,
  -- Since when it is in this phase.
  since timestamptz,
  -- By when the candidate begins, or hands in.
  due_at timestamptz,
  -- Since when the company has the work, and in how many working days it answers.
  handed_in_at timestamptz,
  answer_within_days smallint,
  turns_at timestamptz,
  turns_to text,
  -- The oldest request for more time that waits, of any of its stages: since when, and until when it matters.
  asks_id uuid,
  asks_stage_id uuid,
  asks_since timestamptz,
  asks_until timestamptz,
  -- The first panel, of any of its stages, that is short of so many, or of none where somebody is silent: from
  -- when that is so, and until when it matters.
  panel_id uuid,
  panel_stage_id uuid,
  panel_missing integer,
  panel_from timestamptz,
  panel_until timestamptz,
  constraint standing_turn_whole check ((turns_at is null) = (turns_to is null)),
  constraint standing_stage_whole check ((assignment_id is null) = (phase is null))
);

create index standing_by_recruiter_idx
  on standing (recruiter_id, created_at desc, application_id desc)
  include (candidate_id, track_id, target_level, stage_id, phase, due_at, turns_at, turns_to, closed_at);
create index standing_by_manager_idx
  on standing (manager_id, created_at desc, application_id desc)
  include (recruiter_id, candidate_id, track_id, target_level, stage_id, phase, due_at, turns_at, turns_to,
    closed_at);
create index standing_open_by_recruiter_idx
  on standing (recruiter_id, created_at desc, application_id desc)
  include (candidate_id, track_id, target_level, assignment_id, stage_id, format, phase, since, due_at,
    handed_in_at, answer_within_days, turns_at, turns_to, asks_id, asks_stage_id, asks_since, asks_until,
    panel_id, panel_stage_id, panel_missing, panel_from, panel_until)
  where closed_at is null;
create index standing_open_by_manager_idx
  on standing (manager_id, created_at desc, application_id desc)
  include (recruiter_id, candidate_id, track_id, target_level, assignment_id, stage_id, format, phase, since,
    due_at, handed_in_at, answer_within_days, turns_at, turns_to, asks_id, asks_until)
  where closed_at is null;
create index standing_by_candidate_idx on standing (candidate_id);

-- Where an application stands at an instant, in one word: the same as `assignment_phase` of its last stage.
create function standing_phase(s standing, at timestamptz) returns text
language sql immutable parallel safe
return case when s.turns_at <= at then s.turns_to else s.phase end;

create function renew_standings(ids uuid[]) returns void
language plpgsql as $$
begin
  -- Whoever changes one of these meanwhile is waited for; what they changed is seen below.
  perform from standing where application_id = any(ids) order by application_id for update;
  insert into standing as s
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
    case when f.phase in ('submitted', 'opened') then coalesce(g.submitted_at, g.opened_at) end,
    g.answer_within_days, t.at, case when t.at is not null then t.turns_to end,
    r.assignment_id, r.stage_id, r.asked_at, r.cutoff_at,
    w.assignment_id, w.stage_id, w.missing, w.wanted_from, w.wanted_until
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
  where p.application_id = any(ids)
  order by p.application_id
  on conflict (application_id) do update
  set recruiter_id = excluded.recruiter_id, manager_id = excluded.manager_id,
    target_level = excluded.target_level, closed_at = excluded.closed_at,
    assignment_id = excluded.assignment_id, stage_id = excluded.stage_id, format = excluded.format,
    phase = excluded.phase, since = excluded.since, due_at = excluded.due_at,
    handed_in_at = excluded.handed_in_at, answer_within_days = excluded.answer_within_days, turns_at = excluded.turns_at, turns_to = excluded.turns_to,
    asks_id = excluded.asks_id, asks_stage_id = excluded.asks_stage_id, asks_since = excluded.asks_since,
    asks_until = excluded.asks_until, panel_id = excluded.panel_id,
    panel_stage_id = excluded.panel_stage_id, panel_missing = excluded.panel_missing,
    panel_from = excluded.panel_from, panel_until = excluded.panel_until
  where s is distinct from excluded;
end $$;

create function renew_changed_standings() returns trigger
language plpgsql as $$
begin
  perform renew_standings(array(select distinct application_id from changed));
  return null;
end $$;

create function renew_standings_of_assignments() returns trigger
language plpgsql as $$
begin
  perform renew_standings(array(
    select distinct g.application_id from changed join assignment g using (assignment_id)));
  return null;
end $$;

create trigger application_added after insert on application
  referencing new table as changed for each statement execute function renew_changed_standings();
create trigger application_changed after update on application
  referencing new table as changed for each statement execute function renew_changed_standings();
create trigger assignment_added after insert on assignment
  referencing new table as changed for each statement execute function renew_changed_standings();
create trigger assignment_changed after update on assignment
  referencing new table as changed for each statement execute function renew_changed_standings();
create trigger time_request_added after insert on time_request
  referencing new table as changed for each statement execute function renew_standings_of_assignments();
create trigger time_request_changed after update on time_request
  referencing new table as changed for each statement execute function renew_standings_of_assignments();

create trigger panel_member_added after insert on panel_member
  referencing new table as changed for each statement execute function renew_standings_of_assignments();
create trigger panel_member_changed after update on panel_member
  referencing new table as changed for each statement execute function renew_standings_of_assignments();

grant select, insert, update on standing to portal_app;

select renew_standings(array(select application_id from application));
