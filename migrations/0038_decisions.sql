-- What the hiring manager decides on a stage whose votes are open, and what the candidate is told about it.

-- From when on the candidate knows of the decision; before, their pages say that it comes next.
alter table assignment
  add column told_at timestamptz,
  add constraint assignment_told_of_a_decision check (told_at >= decided_at);

create table decision (
  assignment_id uuid not null constraint decision_pkey primary key
    constraint decision_assignment_fkey references assignment on delete restrict,
  -- Empty while nothing was chosen.
  outcome text constraint decision_outcome_known check (outcome in ('advance', 'decline')),
  -- The level the work was found to reach.
  level smallint constraint decision_level_can_be_reached check (level between 1 and 5),
  -- `[{"is_strength": true, "saw": "…", "asks": "…", "change": "…"}]`, as the candidate reads them.
  observations jsonb not null,
  -- For the manager alone.
  note text not null constraint decision_note_length check (char_length(note) <= 10000),
  saved_at timestamptz not null,
  version integer not null default 1,
  decided_by uuid constraint decision_decider_fkey references account on delete restrict,
  decided_at timestamptz,
  constraint decision_decided_whole check (
    (decided_at is null) = (decided_by is null) and (decided_at is null or outcome is not null))
);

grant select, insert, update on decision to portal_app;
grant update (told_at) on assignment to portal_app;
