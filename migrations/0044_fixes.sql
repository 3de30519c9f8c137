-- A panel may once ask for a fix of what does not build or run. The stage stays as it is; its candidate hands in once
-- more, and the promise to answer counts on from then, or from the end of their time for it.
alter table assignment
  add column fix_asked_at timestamptz,
  -- Until when it can be handed in.
  add column fix_due_at timestamptz,
  add column fix_handed_in_at timestamptz,
  add constraint assignment_fix_whole check (
    (fix_asked_at is null) = (fix_due_at is null)
    and (fix_handed_in_at is null or fix_asked_at is not null)),
  add constraint assignment_fix_in_order check (
    fix_asked_at <= fix_due_at and fix_asked_at <= fix_handed_in_at);

-- What does not build or run, as a member of its panel wrote it for the candidate.
create table fix (
  assignment_id uuid not null constraint fix_pkey primary key
    constraint fix_assignment_fkey references assignment on delete restrict,
  asked_by uuid not null constraint fix_asker_fkey references account on delete restrict,
  what text not null
    constraint fix_says_what check (char_length(btrim(what, E' \t\r\n')) >= 30)
    constraint fix_length check (char_length(what) <= 5000)
);

-- From when on the company's promise to answer counts: the hand-in, or what was fixed since.
create function counts_from(g assignment) returns timestamptz
language sql immutable parallel safe
return greatest(coalesce(g.submitted_at, g.cutoff_at), coalesce(g.fix_handed_in_at, g.fix_due_at));

grant update (fix_asked_at, fix_due_at, fix_handed_in_at) on assignment to portal_app;
grant select, insert on fix to portal_app;
