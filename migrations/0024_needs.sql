-- What candidates say before they press Start, for their recruiter alone: what they need that is different,
-- and whom they know here. Their clock is counted from what everybody has, so that it follows at once.

alter table application_private
  add column needs text[] not null default '{}'
    constraint application_private_needs_known
      check (needs <@ array['split', 'breaks', 'captions', 'chat', 'camera_off']),
  -- Empty is nobody; none is not answered yet.
  add column knows text
    constraint application_private_knows_length check (char_length(knows) <= 2000);

alter table assignment
  -- What everybody has; `time_limit_minutes` is what this candidate has.
  add column usual_minutes integer constraint assignment_usual_positive check (usual_minutes > 0);

update assignment g
set usual_minutes = g.time_limit_minutes * 100 / v.time_percent
from application_private v
where v.application_id = g.application_id;

grant update (time_limit_minutes) on assignment to portal_app;
