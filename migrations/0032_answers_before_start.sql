-- What candidates answer before Start. That they have answered is kept apart from what they said, so that every
-- first answer is told alike; and whom they know waits until their recruiter has looked.

alter table application_private
  -- They have said what they need, if only that it is nothing different.
  add column has_said_needs boolean not null default false,
  -- Since when the names in `knows` wait for their recruiter to look.
  add column knows_waits_from timestamptz
    constraint application_private_names_wait check (knows_waits_from is null or knows <> '');

update application_private v
set has_said_needs = v.needs <> '{}',
  knows_waits_from = case when v.knows <> '' then p.created_at end
from application p
where p.application_id = v.application_id;

-- For the desk of the recruiter, and for nobody else: it stands in no other list. It follows from
-- `application_private` alone, so that `renew_standings` leaves it as it is.
alter table standing add column knows_from timestamptz;

update standing s
set knows_from = v.knows_waits_from
from application_private v
where v.application_id = s.application_id and v.knows_waits_from is not null;

create function standing_follows_names() returns trigger
language plpgsql as $$
begin
  update standing set knows_from = new.knows_waits_from where application_id = new.application_id;
  return null;
end $$;

create trigger standing_follows_names
  after update of knows_waits_from on application_private
  for each row
  when (old.knows_waits_from is distinct from new.knows_waits_from)
  execute function standing_follows_names();

drop index standing_open_by_recruiter_idx;
create index standing_open_by_recruiter_idx
  on standing (recruiter_id, created_at desc, application_id desc)
  include (candidate_id, track_id, target_level, assignment_id, stage_id, format, phase, since, due_at,
    handed_in_at, answer_within_days, turns_at, turns_to, asks_id, asks_stage_id, asks_since, asks_until,
    panel_id, panel_stage_id, panel_missing, panel_from, panel_until, knows_from)
  where closed_at is null;
