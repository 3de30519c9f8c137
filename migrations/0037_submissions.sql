-- What candidates hand in. While the clock runs they put it together in `draft`, `answer` and `upload`, each
-- saved as typed; a submission is a copy of it that never changes, with the hash that its receipt names. Files
-- lie in the object store under their hash, and are there before a row speaks of them.

create table draft (
  assignment_id uuid not null constraint draft_pkey primary key
    constraint draft_assignment_fkey references assignment on delete restrict,
  -- The level they hand in at: their target, or one below.
  level smallint not null constraint draft_level_can_be_reached check (level between 1 and 5),
  -- Addresses of work that lies elsewhere. Nobody but the reader's browser ever opens one.
  links text[] not null constraint draft_links_few check (cardinality(links) <= 10),
  -- What the panel is told beside the work, as Markdown; for an external stage, what was found.
  note text not null constraint draft_note_length check (char_length(note) <= 100000),
  saved_at timestamptz not null,
  version integer not null default 1
);

create table answer (
  assignment_id uuid not null
    constraint answer_assignment_fkey references assignment on delete restrict,
  -- Which question of the pinned document: the level section, and its place there.
  level smallint not null constraint answer_level_can_be_reached check (level between 1 and 5),
  number smallint not null constraint answer_number_positive check (number > 0),
  text text not null constraint answer_length check (char_length(text) <= 50000),
  constraint answer_pkey primary key (assignment_id, level, number)
);

create table submission (
  submission_id uuid not null constraint submission_pkey primary key,
  assignment_id uuid not null
    constraint submission_assignment_fkey references assignment on delete restrict,
  content_hash bytea not null constraint submission_hash_whole check (octet_length(content_hash) = 32),
  level smallint not null constraint submission_level_can_be_reached check (level between 1 and 5),
  links text[] not null,
  note text not null,
  -- `[{"level": 1, "number": 2, "text": "…"}]`, as they were typed.
  answers jsonb not null,
  handed_in_at timestamptz not null,
  -- It is what is judged: until the candidate takes it back, or is given the stage back.
  stands boolean not null default true,
  -- Links can name whoever made what they lead to: a blind panel sees them once the recruiter has looked.
  links_cleared_at timestamptz
);

create unique index submission_standing_key on submission (assignment_id) where stands;
create index submission_by_assignment_idx on submission (assignment_id, handed_in_at);

-- Whichever move leads back to the work: what was handed in before it stands no more.
create function submission_follows_assignment() returns trigger
language plpgsql as $$
begin
  update submission set stands = false where assignment_id = new.assignment_id and stands;
  return null;
end $$;

create trigger submission_follows_assignment
  after update of state on assignment
  for each row
  when (new.state in ('assigned', 'in_progress') and old.state <> new.state)
  execute function submission_follows_assignment();

grant select, insert, update on draft, answer to portal_app;
grant delete on answer to portal_app;
grant select, insert on submission to portal_app;
grant update (stands, links_cleared_at) on submission to portal_app;
