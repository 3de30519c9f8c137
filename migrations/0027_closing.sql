-- Applications end with a reason, after which the candidate may apply again, at once or after a while; and a
-- live session that did not take place says whose fault it was, the call's or the servers' apart.

alter table application
  add column closed_why text
    constraint application_closing_known
      check (closed_why in ('declined', 'filled', 'silent', 'withdrew', 'mistake')),
  -- What the candidate is told about it.
  add column closed_reason text not null default ''
    constraint application_closed_reason_length check (char_length(closed_reason) <= 2000),
  add constraint application_closed_has_a_time check (closed_why is null or closed_at is not null);

alter table assignment drop constraint assignment_absence_known;

update assignment set absent = 'call' where absent = 'technology';

alter table assignment
  add constraint assignment_absence_known
    check (absent in ('candidate', 'interviewer', 'call', 'servers'));
