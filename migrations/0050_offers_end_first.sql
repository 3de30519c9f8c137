-- Nobody closes an application over the head of HR: an offer that is under way in it is withdrawn, answered or
-- expired first. One that is accepted closes it.
create function application_closes_without_offer() returns trigger
language plpgsql as $$
begin
  if exists (
    select
    from offer o
    where o.application_id = new.application_id
      and offer_phase(o, new.closed_at) in ('handed_over', 'received', 'made'))
  then
    raise exception 'an offer is under way' using errcode = 'check_violation',
      constraint = 'application_closes_without_offer', table = 'application';
  end if;
  return new;
end $$;

create trigger application_closes_without_offer
  before update of closed_at on application
  for each row
  when (old.closed_at is null and new.closed_at is not null)
  execute function application_closes_without_offer();

-- What the candidate was called when they last put something together, for work that their clock hands in: a
-- blind panel does not see that either, whatever they are called later.
alter table draft add column maker jsonb;

-- Whether what was opened is what was sealed: by the hash that was written beside it and into the log, and by the
-- receipt of every vote. What has lost its seal does not hold.
create function seal_holds(of_assignment uuid) returns boolean
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
    from seal s
    where s.assignment_id = of_assignment),
  false);
