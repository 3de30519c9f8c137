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
