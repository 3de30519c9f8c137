-- What happened, by whom, to what. Events hold ids and codes only and are never changed: the serving
-- role may add and read, nothing else. Writers add them unchained, in the transaction of the deed, so
-- that none waits for another; one sealer gives each its place in the chain afterwards. What a person
-- wrote lies in a row of its own that may be erased: the event keeps its salted hash.

create table audit_event (
  event_id uuid not null constraint audit_event_pkey primary key,
  at timestamptz not null,
  action text not null constraint audit_event_action_is_a_name check (action ~ '^[a-z_]+\.[a-z_]+$'),
  actor text not null
    constraint audit_event_actor_known check (actor in ('person', 'system', 'nobody')),
  -- No foreign keys: this room knows no other, and an event outlives what it tells of.
  actor_id uuid,
  actor_reason text,
  about text,
  about_id uuid,
  refs jsonb not null constraint audit_event_refs_are_named check (jsonb_typeof(refs) = 'object'),
  note_hash bytea constraint audit_event_note_is_sha256 check (octet_length(note_hash) = 32),
  constraint audit_event_person_named check ((actor = 'person') = (actor_id is not null)),
  constraint audit_event_reason_given check ((actor = 'system') = (actor_reason is not null)),
  constraint audit_event_about_whole check ((about is null) = (about_id is null))
);

create index audit_event_by_time_idx on audit_event (at, event_id);
create index audit_event_by_subject_idx on audit_event (about_id, at) where about_id is not null;
create index audit_event_by_actor_idx on audit_event (actor_id, at) where actor_id is not null;

create table audit_note (
  event_id uuid not null constraint audit_note_pkey primary key
    constraint audit_note_event_fkey references audit_event,
  salt bytea not null constraint audit_note_salt_length check (octet_length(salt) = 32),
  text text not null
);

-- The chain: the place of each event, and the hash of the one before with it.
create table audit_seal (
  sequence bigint not null constraint audit_seal_pkey primary key
    constraint audit_seal_counts_from_one check (sequence > 0),
  event_id uuid not null constraint audit_seal_event_key unique
    constraint audit_seal_event_fkey references audit_event,
  hash bytea not null constraint audit_seal_is_sha256 check (octet_length(hash) = 32)
);

grant select, insert on audit_event, audit_seal to portal_app;
grant select, insert, delete on audit_note to portal_app;
