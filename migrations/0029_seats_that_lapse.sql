-- Seats of assignments that have lapsed by themselves are not written to when they do, so they stay among
-- those that go on. Whoever looks for what is present passes them over by the instant from which they are.

create function assignment_lapses_at(a assignment) returns timestamptz
language sql immutable parallel safe
return coalesce(
  case a.state
    when 'assigned' then a.start_by
    when 'in_progress' then case
      when a.format <> 'live_session' and a.work_at is null then a.cutoff_at
    end
  end,
  'infinity');

alter table panel_member add column lapses_at timestamptz not null default 'infinity';

update panel_member m
set lapses_at = assignment_lapses_at(g)
from assignment g
where g.assignment_id = m.assignment_id;

create or replace function panel_follows_assignment() returns trigger
language plpgsql as $$
begin
  update panel_member
  set goes_on = new.state not in ('decided', 'closed'), lapses_at = assignment_lapses_at(new)
  where assignment_id = new.assignment_id;
  return null;
end $$;

drop trigger panel_follows_assignment on assignment;

create trigger panel_follows_assignment
  after update of state, start_by, cutoff_at, work_at on assignment
  for each row
  when ((old.state in ('decided', 'closed')) <> (new.state in ('decided', 'closed'))
    or assignment_lapses_at(old) <> assignment_lapses_at(new))
  execute function panel_follows_assignment();

create function panel_member_begins() returns trigger
language plpgsql as $$
begin
  select g.state not in ('decided', 'closed'), assignment_lapses_at(g)
  into new.goes_on, new.lapses_at
  from assignment g
  where g.assignment_id = new.assignment_id;
  return new;
end $$;

create trigger panel_member_begins
  before insert on panel_member
  for each row
  execute function panel_member_begins();

drop index panel_member_present_idx;
create index panel_member_present_idx on panel_member (account_id, lapses_at) where left_at is null and goes_on;

grant update (lapses_at) on panel_member to portal_app;
