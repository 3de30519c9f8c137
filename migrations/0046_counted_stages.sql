-- Stages of an application that are not taken again, since the candidate passed the same document in another one at
-- that level or above. What counts, and for how long, is said by `assignment::counting`; no stage is given by it, so
-- nothing that counts stages or sessions counts these.

create table counted_stage (
  application_id uuid not null
    constraint counted_stage_application_fkey references application on delete restrict,
  stage_id uuid not null constraint counted_stage_stage_fkey references stage on delete restrict,
  -- What was passed, in another application of the same candidate.
  assignment_id uuid not null
    constraint counted_stage_assignment_fkey references assignment on delete restrict,
  counted_at timestamptz not null,
  counted_by uuid not null constraint counted_stage_counter_fkey references account on delete restrict,
  constraint counted_stage_pkey primary key (application_id, stage_id)
);

create index counted_stage_by_assignment_idx on counted_stage (assignment_id);

grant select, insert, delete on counted_stage to portal_app;
