-- What the sealer needs. Events that wait for their place in the chain stand in a table of their own,
-- added with the event and taken out with its seal: it is as good as empty however long the log grows,
-- and an event that commits late, out of the order of its id, cannot be passed over as it would be by
-- "everything after the last one".

create table audit_unsealed (
  event_id uuid not null constraint audit_unsealed_pkey primary key
    constraint audit_unsealed_event_fkey references audit_event
);

insert into audit_unsealed (event_id)
select event_id
from audit_event e
where not exists (select from audit_seal s where s.event_id = e.event_id);

-- How the event was written down to be hashed, so that a later form can stand beside the first; and
-- what it was by itself: with that, an event that was changed can be told from one that stands at
-- another's place.
alter table audit_seal
  add column encoding smallint not null
    constraint audit_seal_encoding_known check (encoding = 1),
  add column event_hash bytea not null
    constraint audit_seal_event_hash_is_sha256 check (octet_length(event_hash) = 32);

-- The log is read newest first: all of it, some actions, or what was done by no person.
create index audit_event_by_action_idx on audit_event (action, at, event_id);
create index audit_event_by_no_person_idx on audit_event (actor, at, event_id)
  where actor <> 'person';

grant select, insert, delete on audit_unsealed to portal_app;
