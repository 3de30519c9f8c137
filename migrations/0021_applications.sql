-- Candidates in tracks, and the stages they are given. An assignment's columns are those of the state it
-- is in: what a state needs has to be there, and what it has not begun must not. `due_at` is what pages
-- show; `cutoff_at` alone decides, and is empty while the clock stands still.

create table application (
  application_id uuid not null constraint application_pkey primary key,
  candidate_id uuid not null constraint application_candidate_fkey references account on delete restrict,
  track_id uuid not null constraint application_track_fkey references track on delete restrict,
  target_level smallint not null
    constraint application_level_can_be_reached check (target_level between 1 and 5),
  recruiter_id uuid not null constraint application_recruiter_fkey references account on delete restrict,
  manager_id uuid constraint application_manager_fkey references account on delete restrict,
  -- The name a blind panel knows the candidate by.
  alias text not null constraint application_alias_key unique,
  source text not null constraint application_source_length check (char_length(source) <= 200),
  created_at timestamptz not null,
  closed_at timestamptz,
  version integer not null default 1,
  constraint application_recruiter_is_another check (recruiter_id <> candidate_id),
  constraint application_manager_is_another check (manager_id <> candidate_id)
);

-- A candidate is in a track once at a time.
create unique index application_open_key on application (candidate_id, track_id) where closed_at is null;
create index application_by_candidate_idx on application (candidate_id, created_at);
create index application_by_recruiter_idx on application (recruiter_id, created_at desc, application_id desc);
create index application_by_manager_idx on application (manager_id, created_at desc, application_id desc);

-- What the recruiter alone knows. It is a table of its own so that no list or panel page reads it by the way.
create table application_private (
  application_id uuid not null constraint application_private_pkey primary key
    constraint application_private_application_fkey references application on delete cascade,
  note text not null constraint application_private_note_length check (char_length(note) <= 10000),
  -- How much of the usual time they have.
  time_percent smallint not null
    constraint application_private_time_known check (time_percent in (100, 125, 150, 200))
);

create table assignment (
  assignment_id uuid not null constraint assignment_pkey primary key,
  application_id uuid not null
    constraint assignment_application_fkey references application on delete restrict,
  stage_id uuid not null constraint assignment_stage_fkey references stage on delete restrict,
  format text not null
    constraint assignment_format_known check (format in ('take_home', 'live_session', 'external')),
  level smallint not null constraint assignment_level_can_be_reached check (level between 1 and 5),
  -- The revision of the challenge document the candidate was given.
  document_id uuid not null,
  content_hash bytea not null,
  -- What the candidate has once it is begun, accommodations included; none where no clock runs.
  time_limit_minutes integer
    constraint assignment_time_limit_positive check (time_limit_minutes > 0)
    constraint assignment_take_home_has_a_limit
      check (format <> 'take_home' or time_limit_minutes is not null),
  assigned_at timestamptz not null,
  state text not null
    constraint assignment_state_known check (
      state in ('assigned', 'in_progress', 'submitted', 'opened', 'decided', 'closed')),
  start_by timestamptz,
  started_at timestamptz,
  due_at timestamptz,
  cutoff_at timestamptz,
  waits_from timestamptz,
  work_at timestamptz,
  submitted_at timestamptz,
  opened_at timestamptz,
  opened_how text
    constraint assignment_opening_known check (opened_how in ('complete', 'enough', 'no_panel')),
  decided_at timestamptz,
  outcome text constraint assignment_outcome_known check (outcome in ('advance', 'decline')),
  decided_level smallint
    constraint assignment_decided_level_can_be_reached check (decided_level between 1 and 5),
  closed_at timestamptz,
  closed_why text
    constraint assignment_closing_known check (
      closed_why in ('withdrawn', 'cancelled', 'lapsed', 'ended_early', 'not_held')),
  -- What the candidate is told about why the company ended it.
  closed_reason text not null default ''
    constraint assignment_reason_length check (char_length(closed_reason) <= 2000),
  absent text
    constraint assignment_absence_known check (absent in ('candidate', 'interviewer', 'technology')),
  version integer not null default 1,
  -- The last move and who made it: the same again, against the version before it, is the same move.
  moved text not null default '',
  moved_by uuid,
  constraint assignment_revision_fkey
    foreign key (document_id, content_hash) references revision (document_id, content_hash),
  constraint assignment_begun_has_a_start
    check (state not in ('in_progress', 'submitted', 'opened', 'decided') or started_at is not null),
  constraint assignment_not_begun_has_none check (state <> 'assigned' or started_at is null),
  constraint assignment_take_home_is_due
    check (format <> 'take_home' or started_at is null or due_at is not null),
  constraint assignment_handed_in_has_a_time
    check (state not in ('submitted', 'opened', 'decided') or submitted_at is not null),
  constraint assignment_in_progress_is_not_handed_in
    check (state <> 'in_progress' or submitted_at is null),
  constraint assignment_opened_whole check ((opened_at is null) = (opened_how is null)),
  constraint assignment_opened_has_a_time
    check (state not in ('opened', 'decided') or opened_at is not null),
  constraint assignment_decided_whole check ((decided_at is null) = (outcome is null)),
  constraint assignment_decided_has_a_time check ((state = 'decided') = (decided_at is not null)),
  constraint assignment_closed_whole check ((closed_at is null) = (closed_why is null)),
  constraint assignment_closed_has_a_time check ((state = 'closed') = (closed_at is not null)),
  constraint assignment_not_held_says_who
    check ((closed_why is not distinct from 'not_held') = (absent is not null)),
  constraint assignment_order
    check (started_at <= submitted_at and submitted_at <= opened_at and opened_at <= decided_at)
);

-- A stage is under way once at a time.
create unique index assignment_open_key on assignment (application_id, stage_id)
  where state not in ('decided', 'closed');
create index assignment_by_application_idx on assignment (application_id, assigned_at, assignment_id);

-- More time, asked for by the candidate or given without asking.
create table time_request (
  time_request_id uuid not null constraint time_request_pkey primary key,
  assignment_id uuid not null
    constraint time_request_assignment_fkey references assignment on delete restrict,
  asked_at timestamptz not null,
  asked_minutes integer not null constraint time_request_asked_positive check (asked_minutes > 0),
  reason text not null constraint time_request_reason_length check (char_length(reason) <= 2000),
  answered_at timestamptz,
  -- What was given; zero is a no.
  given_minutes integer constraint time_request_given_counted check (given_minutes >= 0),
  answer text not null default ''
    constraint time_request_answer_length check (char_length(answer) <= 2000),
  constraint time_request_answered_whole check ((answered_at is null) = (given_minutes is null))
);

create unique index time_request_open_key on time_request (assignment_id) where answered_at is null;
create index time_request_by_assignment_idx on time_request (assignment_id, asked_at);

-- Where an assignment stands at an instant, in one word. The same as `assignment::model::Phase`; a test
-- compares them. What its own clock has done to it by then is counted in, whoever looks.
create function assignment_phase(a assignment, at timestamptz) returns text
language sql stable parallel safe
return case a.state
  when 'closed' then a.closed_why
  when 'assigned' then case when a.start_by <= at then 'lapsed' else 'assigned' end
  when 'in_progress' then case
    when a.cutoff_at <= at then case
      when a.format = 'live_session' then 'voting'
      when a.work_at is null then 'lapsed'
      else 'voting'
    end
    when a.waits_from <= at then 'waiting'
    else 'in_progress'
  end
  when 'submitted' then case
    when a.format <> 'take_home' and a.submitted_at <= at then 'voting'
    when a.format = 'take_home'
      and greatest(a.submitted_at, least(a.submitted_at + interval '60 minutes', a.cutoff_at)) <= at
      then 'voting'
    else 'submitted'
  end
  else a.state
end;

grant select, insert, update on application, application_private, time_request to portal_app;
grant select, insert on assignment to portal_app;
grant update (state, start_by, started_at, due_at, cutoff_at, waits_from, work_at, submitted_at,
    opened_at, opened_how, decided_at, outcome, decided_level, closed_at, closed_why, closed_reason, absent,
    version, moved, moved_by)
  on assignment to portal_app;
