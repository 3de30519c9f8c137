-- Some letters are waited for by somebody at their screen: a way in is not kept behind a thousand
-- invitations. What was tried before comes after what was not, so that a slow recipient holds up nobody.

alter table mail add column urgent boolean not null default false;

drop index mail_due_idx;
create index mail_due_idx on mail (urgent desc, attempts, next_attempt_at, mail_id)
  where sent_at is null and dropped_at is null and given_up_at is null;

-- What nobody can use any more is not kept: somebody may ask for ways in without end.
grant delete on account_request to portal_app;
create index account_request_asked_idx on account_request (asked_at);
