-- Votes under seal. Until a panel opens, a vote is there for whoever cast it and for nobody else: row security
-- holds that whatever the portal asks, and nothing that the serving role can read follows from a vote. What has
-- to see all of them (opening, and setting aside) runs as the owner of these tables, whom row security does not
-- bind; so it is never forced on them.
--
-- These tables point to no other by a key: it would leave its mark in the rows it points to, which others read.

-- Whether the hiring manager reads who cast which vote, or nobody does. As it was when the stage was given: those
-- who vote have been told.
alter table track
  add column attribution text not null default 'attributed'
    constraint track_attribution_known check (attribution in ('attributed', 'anonymous'));

update track set attribution = 'anonymous' where slug = 'systems';

alter table assignment
  add column attribution text not null default 'attributed'
    constraint assignment_attribution_known check (attribution in ('attributed', 'anonymous'));

update assignment g
set attribution = t.attribution
from stage s
join track t using (track_id)
where s.stage_id = g.stage_id;

-- Whoever a transaction acts for, as it says itself; nobody where it does not, and once it has ended.
create function portal_viewer() returns uuid
language sql stable
return nullif(current_setting('portal.viewer', true), '')::uuid;

-- What binds a vote to its receipt: anybody who has the salt can reckon it again.
create function vote_commitment(
  salt bytea, assignment_id uuid, value smallint, comment text, level smallint, is_practice boolean)
returns bytea
language sql immutable
return sha256(salt
  || convert_to(jsonb_build_array(assignment_id, value, comment, level, is_practice)::text, 'UTF8'));

-- The votes of panels that have not opened. Ids are random: they tell nothing of when.
create table vote (
  vote_id uuid not null constraint vote_pkey primary key default gen_random_uuid(),
  assignment_id uuid not null,
  member_id uuid not null constraint vote_member_key unique,
  author_id uuid not null,
  value smallint not null constraint vote_value_known check (value in (1, -2)),
  comment text not null
    constraint vote_comment_says_why check (char_length(btrim(comment, E' \t\r\n')) >= 30)
    constraint vote_comment_length check (char_length(comment) <= 10000),
  -- The level they would accept the work for.
  level smallint constraint vote_level_can_be_reached check (level between 1 and 5),
  -- By somebody in training: counts for nothing.
  is_practice boolean not null,
  cast_at timestamptz not null,
  version integer not null,
  salt bytea not null constraint vote_salt_length check (octet_length(salt) = 32),
  commitment bytea not null constraint vote_commitment_is_sha256 check (octet_length(commitment) = 32)
);

create index vote_by_assignment_idx on vote (assignment_id);

-- What a member can show for their vote, from the latest time they cast it.
create table vote_receipt (
  member_id uuid not null constraint vote_receipt_pkey primary key,
  assignment_id uuid not null,
  account_id uuid not null,
  version integer not null,
  commitment bytea not null
    constraint vote_receipt_commitment_is_sha256 check (octet_length(commitment) = 32)
);

create index vote_receipt_by_assignment_idx on vote_receipt (assignment_id);

-- Votes that are open: no time in them, and their order is that of random ids. Where nobody is to know whose
-- they are, the portal does not know it either.
create table opened_vote (
  opened_vote_id uuid not null constraint opened_vote_pkey primary key,
  assignment_id uuid not null,
  author_id uuid,
  value smallint not null,
  comment text not null,
  level smallint,
  is_practice boolean not null,
  -- It was what its receipt says when it was opened.
  is_unchanged boolean not null
);

create index opened_vote_by_assignment_idx on opened_vote (assignment_id, opened_vote_id);

-- What an opened panel can be checked by: the receipts of its votes, and one hash over them and over what was
-- opened, which the audit log has too.
create table seal (
  assignment_id uuid not null constraint seal_pkey primary key,
  commitments bytea[] not null,
  root bytea not null constraint seal_root_is_sha256 check (octet_length(root) = 32)
);

-- That a panel opens once enough have voted: asked for by the hiring manager, or by the clock.
create table standing_order (
  assignment_id uuid not null constraint standing_order_pkey primary key,
  given_at timestamptz not null,
  given_by uuid
);

-- Nobody casts a vote before the work is final or after it has opened, and nobody but this says what its receipt
-- is.
create function vote_is_cast() returns trigger
language plpgsql
set search_path = public, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    new.vote_id := gen_random_uuid();
    new.version := 1;
  else
    new.version := old.version + 1;
  end if;
  if not exists (
    select
    from assignment g
    where g.assignment_id = new.assignment_id and assignment_phase(g, new.cast_at) = 'voting')
  then
    raise exception 'not voted on' using errcode = 'check_violation',
      constraint = 'vote_is_cast_in_time', table = 'vote';
  end if;
  select m.is_shadow into new.is_practice from panel_member m where m.panel_member_id = new.member_id;
  new.salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  new.commitment := vote_commitment(
    new.salt, new.assignment_id, new.value, new.comment, new.level, new.is_practice);
  return new;
end $$;

create trigger vote_is_cast
  before insert or update on vote
  for each row
  execute function vote_is_cast();

create function vote_has_receipt() returns trigger
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  insert into vote_receipt (member_id, assignment_id, account_id, version, commitment)
  values (new.member_id, new.assignment_id, new.author_id, new.version, new.commitment)
  on conflict (member_id) do update
  set version = excluded.version, commitment = excluded.commitment;
  return null;
end $$;

create trigger vote_has_receipt
  after insert or update on vote
  for each row
  execute function vote_has_receipt();

alter table vote enable row level security;
alter table vote_receipt enable row level security;

create policy vote_is_read_by_its_author on vote
  for select to portal_app
  using (author_id = portal_viewer());

create policy vote_is_cast_by_a_member on vote
  for insert to portal_app
  with check (
    author_id = portal_viewer()
    and exists (
      select
      from seat_in_force s
      where s.panel_member_id = vote.member_id and s.assignment_id = vote.assignment_id
        and s.account_id = vote.author_id and s.accepted_at is not null));

create policy vote_is_changed_by_a_member on vote
  for update to portal_app
  using (author_id = portal_viewer())
  with check (
    author_id = portal_viewer()
    and exists (
      select
      from seat_in_force s
      where s.panel_member_id = vote.member_id and s.assignment_id = vote.assignment_id
        and s.account_id = vote.author_id and s.accepted_at is not null));

create policy receipt_is_read_by_its_owner on vote_receipt
  for select to portal_app
  using (account_id = portal_viewer());

-- One hash over what a panel has opened, and over the receipts there are for it.
create function seal_root(of_assignment uuid, commitments bytea[]) returns bytea
language sql stable
return sha256(
  coalesce((select string_agg(c, ''::bytea order by c) from unnest(commitments) as c), ''::bytea)
  || coalesce(
    (
      select string_agg(
        sha256(convert_to(
          jsonb_build_array(o.opened_vote_id, o.author_id, o.value, o.comment, o.level, o.is_practice,
            o.is_unchanged)::text,
          'UTF8')),
        ''::bytea order by o.opened_vote_id)
      from opened_vote o
      where o.assignment_id = of_assignment),
    ''::bytea));

-- Opens the votes of a panel if it is voting at `at` and may open, and says why it may; nothing else. Whoever has
-- their seat, has accepted it and is not in training has to have voted, and they are as many as the panel has
-- seats; or there is a standing order, and they are enough. Whoever cannot vote any more is not waited for.
-- Whatever is not opened here is gone.
create function open_votes(of_assignment uuid, at timestamptz) returns text
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
  it assignment;
  seated bigint;
  voted bigint;
  how text;
begin
  select * into it from assignment g where g.assignment_id = of_assignment for update;
  if not found or assignment_phase(it, at) <> 'voting' then
    return null;
  end if;
  select count(*), count(v.vote_id)
  into seated, voted
  from seat_in_force s
  join account a using (account_id)
  left join vote v on v.member_id = s.panel_member_id and not v.is_practice
  where s.assignment_id = of_assignment and s.accepted_at is not null and not s.is_shadow
    and (v.vote_id is not null
      or a.roles && array['interviewer', 'external'] and a.disabled_at is null
        and (a.ends_at is null or a.ends_at > at));
  how := case
    when it.panel_size = 0 then 'no_panel'
    when seated >= it.panel_size and voted = seated then 'complete'
    when voted >= it.quorum
      and exists (select from standing_order o where o.assignment_id = of_assignment) then 'enough'
  end;
  if how is null then
    return null;
  end if;
  with theirs as (
    delete from vote v
    where v.assignment_id = of_assignment
    returning v.*),
  kept as (
    select gen_random_uuid() as opened_vote_id, v.*
    from theirs v
    join seat_in_force s on s.panel_member_id = v.member_id),
  opened as (
    insert into opened_vote
      (opened_vote_id, assignment_id, author_id, value, comment, level, is_practice, is_unchanged)
    select k.opened_vote_id, k.assignment_id,
      case it.attribution when 'attributed' then k.author_id end, k.value, k.comment, k.level, k.is_practice,
      k.commitment = vote_commitment(k.salt, k.assignment_id, k.value, k.comment, k.level, k.is_practice)
    from kept k
    order by k.opened_vote_id)
  insert into seal (assignment_id, commitments, root)
  select of_assignment, coalesce(array_agg(k.commitment order by k.commitment), '{}'), sha256('')
  from kept k;
  update seal s
  set root = seal_root(of_assignment, s.commitments)
  where s.assignment_id = of_assignment;
  return how;
end $$;

-- A member who leaves takes the vote along.
create function vote_leaves_with_its_member() returns trigger
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  delete from vote where member_id = new.panel_member_id;
  delete from vote_receipt where member_id = new.panel_member_id;
  return null;
end $$;

create trigger vote_leaves_with_its_member
  after update of left_at on panel_member
  for each row
  when (old.left_at is null and new.left_at is not null)
  execute function vote_leaves_with_its_member();

-- What was cast on work that is the candidate's again, or that has ended, is set aside. Whoever withdrew may come
-- back for a day, and finds things as they were.
create function votes_are_set_aside() returns trigger
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
  delete from vote where assignment_id = new.assignment_id;
  delete from vote_receipt where assignment_id = new.assignment_id;
  delete from standing_order where assignment_id = new.assignment_id and given_by is null;
  return null;
end $$;

create trigger votes_are_set_aside
  after update on assignment
  for each row
  when (new.state in ('assigned', 'in_progress')
    or new.state = 'closed' and new.closed_why <> 'withdrawn' and new.opened_at is null)
  execute function votes_are_set_aside();

-- Sets aside the votes on what was withdrawn for good by `at`.
create function set_aside_withdrawn_votes(at timestamptz) returns void
language sql security definer
set search_path = public, pg_temp
begin atomic
  delete from vote_receipt r
  using assignment g
  where g.assignment_id = r.assignment_id and g.state = 'closed' and g.opened_at is null
    and g.closed_at + interval '24 hours' <= at;
  delete from vote v
  using assignment g
  where g.assignment_id = v.assignment_id and g.state = 'closed' and g.opened_at is null
    and g.closed_at + interval '24 hours' <= at;
end;

-- What the clock looks for.
create index assignment_handed_in_idx on assignment (coalesce(submitted_at, cutoff_at), assignment_id)
  where state in ('in_progress', 'submitted');

revoke execute on function open_votes(uuid, timestamptz) from public;
revoke execute on function set_aside_withdrawn_votes(timestamptz) from public;
grant execute on function open_votes(uuid, timestamptz) to portal_app;
grant execute on function set_aside_withdrawn_votes(timestamptz) to portal_app;
grant select on vote, vote_receipt, opened_vote, seal to portal_app;
grant insert (assignment_id, member_id, author_id, value, comment, level, cast_at) on vote to portal_app;
grant update (value, comment, level, cast_at) on vote to portal_app;
grant select, insert on standing_order to portal_app;
