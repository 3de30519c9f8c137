-- What an outside firm says of a stage that it runs: asked for with its account, put together, looked at, and handed in
-- once. And work that came after its time was over, which is kept and is nobody's work until a recruiter takes it.

-- What decides on an external stage: the votes of its panel, or the firm's assessment, and then it has no panel. As it
-- was when the stage was given.
alter table recipe
  add column decides text not null default 'votes'
    constraint recipe_decides_known check (decides in ('votes', 'assessment')),
  add constraint recipe_assessed_outside
    check (decides = 'votes' or format = 'external' and panel_size = 0);

alter table assignment
  add column decides text not null default 'votes'
    constraint assignment_decides_known check (decides in ('votes', 'assessment')),
  add constraint assignment_assessed_outside check (decides = 'votes' or format = 'external');

-- The account of the firm that has a stage. It sees that one.
create table firm (
  assignment_id uuid not null constraint firm_pkey primary key
    constraint firm_assignment_fkey references assignment on delete restrict,
  account_id uuid not null constraint firm_account_fkey references account on delete restrict,
  asked_at timestamptz not null
);

create index firm_by_account_idx on firm (account_id, asked_at, assignment_id);

create table assessment (
  assignment_id uuid not null constraint assessment_pkey primary key
    constraint assessment_assignment_fkey references assignment on delete restrict,
  -- Markdown.
  text text not null constraint assessment_text_length check (char_length(text) <= 100000),
  -- One PDF.
  upload_id uuid,
  saved_at timestamptz not null,
  version integer not null default 1,
  handed_in_at timestamptz,
  -- The firm, or the recruiter in its place.
  handed_in_by uuid constraint assessment_author_fkey references account on delete restrict,
  constraint assessment_handed_in_whole check ((handed_in_at is null) = (handed_in_by is null)),
  constraint assessment_upload_fkey foreign key (assignment_id, upload_id)
    references upload (assignment_id, upload_id) on delete restrict
);

create index assessment_upload_idx on assessment (assignment_id, upload_id) where upload_id is not null;

-- Once handed in it stays as it is.
create function assessment_stays() returns trigger
language plpgsql as $$
begin
  raise exception 'an assessment that was handed in stays as it is'
    using errcode = 'check_violation', constraint = 'assessment_stays', table = 'assessment';
end $$;

create trigger assessment_stays
  before update on assessment
  for each row
  when (old.handed_in_at is not null)
  execute function assessment_stays();

-- The one of 0036, but that what a firm decides on opens by its assessment.
create or replace function open_votes(of_assignment uuid, at timestamptz) returns text
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
  if it.decides = 'assessment' and not exists (
    select from assessment f where f.assignment_id = of_assignment and f.handed_in_at is not null)
  then
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

grant select, insert on firm to portal_app;
grant select, insert, update on assessment to portal_app;

-- By how much it came after it was due, where it came after the cutoff. It does not stand until a recruiter takes it,
-- and is shown as late then too.
alter table submission
  add column late_minutes integer constraint submission_late_counted check (late_minutes > 0);

create index submission_late_idx on submission (assignment_id, handed_in_at) where late_minutes is not null;
