-- The résumé of an application, for its recruiter and hiring manager: a table of its own, so that no list or
-- panel page reads it by the way.

create table resume (
  application_id uuid not null constraint resume_pkey primary key
    constraint resume_application_fkey references application on delete cascade,
  pdf bytea not null constraint resume_size check (octet_length(pdf) between 1 and 1900000),
  added_at timestamptz not null,
  added_by uuid not null constraint resume_adder_fkey references account on delete restrict
);

grant select, insert, update, delete on resume to portal_app;
