-- Reports read what was given in the applications of a year in the order of their time, instead of looking up each
-- application: whose an assignment is, and when their application was added, stands in it, too.

alter table assignment
  add column applicant_id uuid constraint assignment_applicant_fkey references account on delete restrict,
  add column applied_at timestamptz;

-- Nothing that follows an assignment reads them.
alter table assignment disable trigger user;

update assignment g
set applicant_id = p.candidate_id, applied_at = p.created_at
from application p
where p.application_id = g.application_id;

alter table assignment enable trigger user;

alter table assignment
  alter column applicant_id set not null,
  alter column applied_at set not null;

create function assignment_knows_its_application() returns trigger
language plpgsql as $$
begin
  select p.candidate_id, p.created_at
  into new.applicant_id, new.applied_at
  from application p
  where p.application_id = new.application_id;
  return new;
end $$;

create trigger assignment_knows_its_application
  before insert on assignment
  for each row
  execute function assignment_knows_its_application();

-- Neither ever changes.
revoke update on application from portal_app;
grant update (target_level, recruiter_id, manager_id, closed_at, closed_why, closed_reason, version)
  on application to portal_app;

create index assignment_by_applied_idx on assignment (applied_at);

drop index application_by_time_idx;
