-- What happens to a decision before its candidate is told: it is held, taken back, or never told.

-- From here on a decision without an instant at which it is told is held.
update assignment set told_at = decided_at where state = 'decided' and told_at is null;

alter table decision
  -- Since when the manager holds it.
  add column held_at timestamptz,
  -- When and why it was never told: the record changed before its time. Until the manager has seen it, their desk
  -- says so.
  add column unsent_at timestamptz,
  add column unsent_why text
    constraint decision_unsent_why_known check (unsent_why in ('withdrawn', 'closed')),
  add column unsent_seen_at timestamptz,
  add constraint decision_unsent_whole check (
    (unsent_at is null) = (unsent_why is null) and (unsent_at is not null or unsent_seen_at is null)),
  add constraint decision_held_is_decided check (held_at is null or decided_at is not null);

-- Whichever move leads away from what was decided: it has to be looked at and decided again. What a candidate ends
-- who was not told is not told any more.
create function decision_follows_assignment() returns trigger
language plpgsql as $$
begin
  update decision
  set decided_at = null, decided_by = null, held_at = null, version = version + 1,
    unsent_at = new.closed_at, unsent_why = new.closed_why
  where assignment_id = new.assignment_id;
  return null;
end $$;

create trigger decision_follows_assignment
  after update of state on assignment
  for each row
  when (old.state = 'decided' and new.state <> 'decided')
  execute function decision_follows_assignment();

-- A withdrawal that is undone leads back to open votes, and the decision to its manager's desk.
create function decision_goes_on() returns trigger
language plpgsql as $$
begin
  update decision set unsent_at = null, unsent_why = null, unsent_seen_at = null
  where assignment_id = new.assignment_id and unsent_at is not null;
  return null;
end $$;

create trigger decision_goes_on
  after update of state on assignment
  for each row
  when (old.state = 'closed' and new.state <> 'closed')
  execute function decision_goes_on();

-- What its application ended before it was told. Closing takes away the instant first.
create function decision_ends_with_application() returns trigger
language plpgsql as $$
begin
  update decision d
  set held_at = null, unsent_at = new.closed_at, unsent_why = 'closed'
  from assignment g
  where g.application_id = new.application_id and g.assignment_id = d.assignment_id
    and g.state = 'decided' and g.told_at is null;
  return null;
end $$;

create trigger decision_ends_with_application
  after update of closed_at on application
  for each row
  when (old.closed_at is null and new.closed_at is not null)
  execute function decision_ends_with_application();

-- For the desk of the hiring manager, and for nobody else. It follows from `decision` alone, so that
-- `renew_standings` leaves it as it is.
alter table standing
  add column untold_id uuid,
  add column untold_since timestamptz,
  add column untold_why text;

create index standing_untold_by_manager_idx on standing (manager_id, untold_since, application_id)
  where untold_id is not null;

create function standing_follows_decisions() returns trigger
language plpgsql as $$
begin
  update standing s
  set (untold_id, untold_since, untold_why) = (
    select d.assignment_id, coalesce(d.held_at, d.unsent_at), coalesce(d.unsent_why, 'held')
    from assignment a
    join decision d using (assignment_id)
    where a.application_id = s.application_id
      and (d.held_at is not null or d.unsent_at is not null and d.unsent_seen_at is null)
    order by coalesce(d.held_at, d.unsent_at), d.assignment_id
    limit 1)
  from assignment g
  where g.assignment_id = new.assignment_id and s.application_id = g.application_id;
  return null;
end $$;

create trigger standing_follows_decisions
  after update of held_at, unsent_at, unsent_seen_at on decision
  for each row
  when (old.held_at is distinct from new.held_at or old.unsent_at is distinct from new.unsent_at
    or old.unsent_seen_at is distinct from new.unsent_seen_at)
  execute function standing_follows_decisions();
