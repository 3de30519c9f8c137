-- Votes and their receipts are set aside by a move of the stage, and by nothing else that is noted in its row: what
-- was noted of a panel as it opened took the receipts along, where the clock had handed the work in.
drop trigger votes_are_set_aside on assignment;
create trigger votes_are_set_aside
  after update of state on assignment
  for each row
  when (new.state in ('assigned', 'in_progress')
    or new.state = 'closed' and new.closed_why <> 'withdrawn' and new.opened_at is null)
  execute function votes_are_set_aside();

-- What stood until a fix took its place: the panel sees it beside that. What came late and was never taken is nothing
-- of it.
alter table submission add column replaced_at timestamptz;

update submission s
set replaced_at = w.fix_handed_in_at
from (
  select distinct on (g.assignment_id) u.submission_id, g.fix_handed_in_at
  from assignment g
  join submission u using (assignment_id)
  where g.fix_handed_in_at is not null and not u.stands and u.handed_in_at <= g.fix_asked_at
    and u.late_minutes is null
  order by g.assignment_id, u.handed_in_at desc, u.submission_id desc) w
where w.submission_id = s.submission_id;

grant update (replaced_at) on submission to portal_app;

-- The one of 0050, but that a vote which is gone breaks the seal, too.
create or replace function seal_holds(of_assignment uuid) returns boolean
language sql stable
return coalesce(
  (
    select s.root = seal_root(s.assignment_id, s.commitments)
      and exists (
        select
        from assignment g
        join audit_event e on e.about = 'application' and e.about_id = g.application_id
        where g.assignment_id = s.assignment_id and e.action = 'assignment.opened'
          and e.refs ->> 'assignment' = s.assignment_id::text and e.refs ->> 'seal' = encode(s.root, 'hex'))
      and not exists (
        select
        from opened_vote o
        where o.assignment_id = s.assignment_id and not o.is_unchanged)
      and cardinality(s.commitments) = (
        select count(*) from opened_vote o where o.assignment_id = s.assignment_id)
    from seal s
    where s.assignment_id = of_assignment),
  false);
