-- Who looks at the work: interviewers, what they are qualified for and when they can, and the panels they
-- are on.

-- What was settled about the panel when the stage was given; a recipe that changes later does not change it.
alter table assignment
  add column panel_size smallint not null default 0
    constraint assignment_panel_size_sensible check (panel_size between 0 and 9),
  add column quorum smallint not null default 0,
  add column is_blind boolean not null default true,
  -- Working days in which the panel answers, from the hand-in.
  add column answer_within_days smallint not null default 5
    constraint assignment_answer_within_sensible check (answer_within_days between 1 and 90);

update assignment g
set panel_size = r.panel_size, quorum = r.quorum, is_blind = r.is_blind and g.format <> 'live_session',
  answer_within_days = r.answer_within_days
from recipe r
where r.stage_id = g.stage_id;

alter table assignment
  add constraint assignment_quorum_of_panel
    check (quorum >= 0 and (panel_size = 0 or quorum between 1 and panel_size)),
  add constraint assignment_live_session_is_not_blind check (format <> 'live_session' or not is_blind);

-- What an interviewer says of their own time; who says nothing takes what the defaults say.
create table interviewer (
  account_id uuid not null constraint interviewer_pkey primary key
    constraint interviewer_account_fkey references account on delete cascade,
  -- How many panels they join within seven days; 0 is none.
  weekly_most smallint not null constraint interviewer_weekly_most_sensible check (weekly_most between 0 and 20),
  -- Two lines that candidates read.
  about text not null constraint interviewer_about_short check (char_length(about) <= 300),
  version integer not null default 1
);

-- Days on which an interviewer is not there, both included.
create table absence (
  absence_id uuid not null constraint absence_pkey primary key,
  account_id uuid not null constraint absence_account_fkey references account on delete cascade,
  first_day date not null,
  last_day date not null,
  constraint absence_order check (first_day <= last_day)
);

create index absence_by_account_idx on absence (account_id, last_day);

-- Up to which level somebody may look at a stage.
create table qualification (
  account_id uuid not null constraint qualification_account_fkey references account on delete cascade,
  stage_id uuid not null constraint qualification_stage_fkey references stage on delete cascade,
  up_to_level smallint not null
    constraint qualification_level_can_be_reached check (up_to_level between 1 and 5),
  constraint qualification_pkey primary key (stage_id, account_id)
);

create index qualification_by_account_idx on qualification (account_id);

-- That somebody must not look at a candidate's work, in this application or any other.
create table conflict (
  candidate_id uuid not null constraint conflict_candidate_fkey references account on delete cascade,
  account_id uuid not null constraint conflict_account_fkey references account on delete cascade,
  kind text not null constraint conflict_kind_known check (
    kind in ('colleagues', 'friends', 'family', 'business', 'recognised', 'other')),
  -- For recruiters alone.
  reason text not null constraint conflict_reason_length check (char_length(reason) <= 2000),
  told_by uuid not null constraint conflict_teller_fkey references account on delete restrict,
  told_at timestamptz not null,
  constraint conflict_pkey primary key (candidate_id, account_id)
);

create table panel_member (
  panel_member_id uuid not null constraint panel_member_pkey primary key,
  assignment_id uuid not null
    constraint panel_member_assignment_fkey references assignment on delete restrict,
  account_id uuid not null constraint panel_member_account_fkey references account on delete restrict,
  -- In training: sees what members see, and counts for nothing.
  is_shadow boolean not null,
  invited_at timestamptz not null,
  -- Until when they are asked to answer.
  answer_by timestamptz not null,
  accepted_at timestamptz,
  -- The day they need for it, where it is another than promised.
  needs_until date,
  left_at timestamptz,
  left_why text constraint panel_member_leaving_known check (left_why in ('declined', 'conflict', 'replaced')),
  -- Why they declined; for the recruiter alone.
  left_reason text not null default ''
    constraint panel_member_reason_length check (char_length(left_reason) <= 2000),
  -- The assignment goes on. Kept by a trigger, so that nobody's past is searched for what is present.
  goes_on boolean not null default true,
  version integer not null default 1,
  constraint panel_member_left_whole check ((left_at is null) = (left_why is null)),
  constraint panel_member_needs_are_of_members check (needs_until is null or accepted_at is not null)
);

-- Somebody is on a panel once.
create unique index panel_member_present_key on panel_member (assignment_id, account_id) where left_at is null;
create index panel_member_by_assignment_idx on panel_member (assignment_id, invited_at, panel_member_id);
create index panel_member_present_idx on panel_member (account_id, answer_by) where left_at is null and goes_on;
create index panel_member_by_account_idx on panel_member (account_id, invited_at);

create function panel_follows_assignment() returns trigger
language plpgsql as $$
begin
  update panel_member
  set goes_on = new.state not in ('decided', 'closed')
  where assignment_id = new.assignment_id;
  return null;
end $$;

create trigger panel_follows_assignment
  after update of state on assignment
  for each row
  when ((old.state in ('decided', 'closed')) <> (new.state in ('decided', 'closed')))
  execute function panel_follows_assignment();

-- Recruiters, managers and candidates of an application are on none of its panels, nor is anybody with a
-- conflict, whatever way leads there.
create function panel_member_is_impartial() returns trigger
language plpgsql as $$
begin
  if exists (
    select
    from assignment g
    join application p using (application_id)
    where g.assignment_id = new.assignment_id
      and (new.account_id in (p.candidate_id, p.recruiter_id, p.manager_id)
        or exists (
          select
          from conflict c
          where c.candidate_id = p.candidate_id and c.account_id = new.account_id)))
  then
    raise exception 'not impartial' using errcode = 'check_violation',
      constraint = 'panel_member_is_impartial', table = 'panel_member';
  end if;
  return new;
end $$;

create trigger panel_member_is_impartial
  before insert on panel_member
  for each row
  execute function panel_member_is_impartial();

create function application_is_run_impartially() returns trigger
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
  return new;
end $$;

create trigger application_is_run_impartially
  before update of recruiter_id, manager_id on application
  for each row
  execute function application_is_run_impartially();

grant select, insert, update on interviewer to portal_app;
grant select, insert on conflict to portal_app;
grant select, insert, delete on absence, qualification to portal_app;
grant update (up_to_level) on qualification to portal_app;
grant select, insert on panel_member to portal_app;
grant update (is_shadow, accepted_at, answer_by, needs_until, left_at, left_why, left_reason, goes_on, version)
  on panel_member to portal_app;
