-- Files that candidates hand in. What they sent and what is kept of it lie in the object store under their
-- SHA-256, and are there before a row speaks of them.

create table upload (
  upload_id uuid not null constraint upload_pkey primary key,
  assignment_id uuid not null
    constraint upload_assignment_fkey references assignment on delete restrict,
  -- As their own machine calls it: theirs alone to see, it can name them.
  file_name text not null constraint upload_name_length check (char_length(file_name) between 1 and 255),
  sent_hash bytea not null constraint upload_sent_hash_whole check (octet_length(sent_hash) = 32),
  sent_bytes bigint not null constraint upload_sent_something check (sent_bytes > 0),
  -- The same files written anew, without owners, times and comments.
  kept_hash bytea not null constraint upload_kept_hash_whole check (octet_length(kept_hash) = 32),
  file_count integer not null constraint upload_has_files check (file_count > 0),
  unpacked_bytes bigint not null constraint upload_unpacked_known check (unpacked_bytes >= 0),
  -- What of it was not taken, by code.
  left_out text[] not null,
  -- `{"owners": […], "comments": […]}`: what was beside the files, and is not kept with them.
  said jsonb not null,
  -- `{"of": "…", "found": […]}`: what names the candidate, and whom it was looked for. Null until it was.
  named jsonb,
  received_at timestamptz not null,
  constraint upload_of_assignment_key unique (assignment_id, upload_id)
);

alter table draft
  add column upload_id uuid,
  add constraint draft_upload_fkey foreign key (assignment_id, upload_id)
    references upload (assignment_id, upload_id) on delete restrict;

alter table submission
  add column upload_id uuid,
  -- `{"name": "…", "email": "…", "handles": […]}`: what the candidate was called then, which a blind panel does not
  -- see, whatever they are called later.
  add column maker jsonb,
  -- The candidate asked that a blind panel gets it as it is, with what names them still in it.
  add column as_it_is boolean not null default false,
  -- From when on the panel does.
  add column work_cleared_at timestamptz,
  add constraint submission_upload_fkey foreign key (assignment_id, upload_id)
    references upload (assignment_id, upload_id) on delete restrict,
  add constraint submission_cleared_as_asked check (work_cleared_at is null or as_it_is);

create index draft_upload_idx on draft (assignment_id, upload_id) where upload_id is not null;
create index submission_upload_idx on submission (assignment_id, upload_id) where upload_id is not null;

grant select, insert on upload to portal_app;
grant update (named) on upload to portal_app;
grant update (work_cleared_at) on submission to portal_app;
