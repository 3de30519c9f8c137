-- What a member of a panel keeps while they read. It is there for whoever wrote it and for nobody else, as long as
-- they sit there: row security holds that whatever the portal asks. Like votes, these tables point to no other by
-- a key. What opens the run log runs as the owner of these tables, so row security is never forced on them.

-- Notes, and the checklist of the level. They never open.
create table review_note (
  member_id uuid not null constraint review_note_pkey primary key,
  assignment_id uuid not null,
  author_id uuid not null,
  -- Markdown, as typed.
  text text not null constraint review_note_length check (char_length(text) <= 50000),
  -- `[{"level": 1, "number": 2, "mark": "met", "line": "…"}]`: which requirement of the pinned document, and how
  -- it is met; without a mark it was not seen.
  checks jsonb not null constraint review_note_checks_listed check (jsonb_typeof(checks) = 'array'),
  saved_at timestamptz not null,
  version integer not null default 1
);

alter table review_note enable row level security;

create policy review_note_is_its_authors_while_they_sit_there on review_note
  for all to portal_app
  using (
    author_id = portal_viewer()
    and exists (
      select
      from seat_in_force s
      where s.panel_member_id = review_note.member_id and s.assignment_id = review_note.assignment_id
        and s.account_id = review_note.author_id and s.accepted_at is not null));

-- What members ran of the work, where, and what came of it: theirs alone until the panel opens. Ids are random:
-- they tell nothing of when.
create table run_log (
  run_id uuid not null constraint run_log_pkey primary key default gen_random_uuid(),
  assignment_id uuid not null,
  member_id uuid not null,
  author_id uuid not null,
  machine text not null constraint run_log_machine_length check (char_length(machine) between 1 and 500),
  commands text not null constraint run_log_commands_length check (char_length(commands) between 1 and 10000),
  result text not null constraint run_log_result_length check (char_length(result) between 1 and 10000),
  ran_at timestamptz not null
);

create index run_log_by_member_idx on run_log (member_id);
create index run_log_by_assignment_idx on run_log (assignment_id);

-- The same once the panel has opened: no time in it, in the order of random ids, and nobody's where votes are
-- nobody's.
create table opened_run (
  opened_run_id uuid not null constraint opened_run_pkey primary key,
  assignment_id uuid not null,
  author_id uuid,
  machine text not null,
  commands text not null,
  result text not null,
  -- By somebody in training.
  is_practice boolean not null
);

create index opened_run_by_assignment_idx on opened_run (assignment_id, opened_run_id);

alter table run_log enable row level security;

create policy run_log_is_its_authors_while_they_sit_there on run_log
  for all to portal_app
  using (
    author_id = portal_viewer()
    and exists (
      select
      from seat_in_force s
      where s.panel_member_id = run_log.member_id and s.assignment_id = run_log.assignment_id
        and s.account_id = run_log.author_id and s.accepted_at is not null));

-- What is open is added to no more: what is written then would never be read.
create function run_is_logged_in_time() returns trigger
language plpgsql
set search_path = public, pg_temp
as $$
begin
  new.run_id := gen_random_uuid();
  if not exists (
    select
    from assignment g
    where g.assignment_id = new.assignment_id and assignment_phase(g, new.ran_at) in ('submitted', 'voting'))
  then
    raise exception 'not looked at' using errcode = 'check_violation',
      constraint = 'run_is_logged_in_time', table = 'run_log';
  end if;
  return new;
end $$;

create trigger run_is_logged_in_time
  before insert on run_log
  for each row
  execute function run_is_logged_in_time();

-- It opens with the votes. What was run of work that is the candidate's again is set aside with them.
create function run_log_follows_assignment() returns trigger
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  with theirs as (
    delete from run_log r
    where r.assignment_id = new.assignment_id
    returning r.*),
  kept as (
    select gen_random_uuid() as opened_run_id, t.author_id, t.machine, t.commands, t.result, s.is_shadow
    from theirs t
    join seat_in_force s on s.panel_member_id = t.member_id
    where new.state = 'opened')
  insert into opened_run
    (opened_run_id, assignment_id, author_id, machine, commands, result, is_practice)
  select k.opened_run_id, new.assignment_id, case new.attribution when 'attributed' then k.author_id end,
    k.machine, k.commands, k.result, k.is_shadow
  from kept k
  order by k.opened_run_id;
  return null;
end $$;

create trigger run_log_follows_assignment
  after update of state on assignment
  for each row
  when (new.state in ('assigned', 'in_progress', 'opened') and old.state <> new.state)
  execute function run_log_follows_assignment();

-- Whoever leaves leaves nothing behind.
create function notes_leave_with_their_member() returns trigger
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  delete from review_note where member_id = new.panel_member_id;
  delete from run_log where member_id = new.panel_member_id;
  return null;
end $$;

create trigger notes_leave_with_their_member
  after update of left_at on panel_member
  for each row
  when (old.left_at is null and new.left_at is not null)
  execute function notes_leave_with_their_member();

grant select on review_note to portal_app;
grant insert (member_id, assignment_id, author_id, text, checks, saved_at) on review_note to portal_app;
grant update (text, checks, saved_at, version) on review_note to portal_app;
grant select, delete on run_log to portal_app;
grant insert (assignment_id, member_id, author_id, machine, commands, result, ran_at) on run_log to portal_app;
grant select on opened_run to portal_app;
