-- The documents of the content tree. A revision is never changed or removed: an assignment pins the
-- one its candidate was given. A document that leaves the tree is retired, so that its id, and what
-- refers to it, stays.

create table document (
  document_id uuid not null constraint document_pkey primary key,
  path text not null constraint document_path_key unique,
  title text not null,
  present_hash bytea,
  created_at timestamptz not null,
  retired_at timestamptz,
  constraint document_present_or_retired check ((present_hash is null) = (retired_at is not null))
);

create table revision (
  document_id uuid not null
    constraint revision_document_fkey references document on delete restrict,
  content_hash bytea not null
    constraint revision_hash_is_sha256 check (octet_length(content_hash) = 32),
  bytes bytea not null,
  first_seen_at timestamptz not null,
  constraint revision_pkey primary key (document_id, content_hash)
);

alter table document
  add constraint document_present_revision_fkey
  foreign key (document_id, present_hash) references revision deferrable initially deferred;

-- What search finds: the text under one heading. Paths and names like /proc/net/tcp are split, so
-- that each of their words is found; 'simple' beside 'english' makes prefixes match as typed.
create table passage (
  document_id uuid not null
    constraint passage_document_fkey references document on delete cascade,
  position integer not null,
  title text not null,
  heading text not null,
  anchor text not null,
  body text not null,
  words tsvector not null generated always as (
    setweight(to_tsvector('english', translate(title, '/_.-', '    ')), 'A')
    || setweight(to_tsvector('english', translate(heading, '/_.-', '    ')), 'B')
    || setweight(to_tsvector('english', translate(body, '/_.-', '    ')), 'D')
    || setweight(to_tsvector('simple', translate(title, '/_.-', '    ')), 'A')
    || setweight(to_tsvector('simple', translate(heading, '/_.-', '    ')), 'B')
    || setweight(to_tsvector('simple', translate(body, '/_.-', '    ')), 'D')
  ) stored,
  constraint passage_pkey primary key (document_id, position)
);

create index passage_words_idx on passage using gin (words);

-- One row a sync that changed something; the newest says what is shown.
create table publication (
  publication_id bigint generated always as identity constraint publication_pkey primary key,
  source text not null,
  published_at timestamptz not null,
  -- The build that read the tree: another one may find other tracks and passages in the same text.
  read_by text not null
);

-- What the newest sync found, for the keeper of the tree.
create table finding (
  position integer not null constraint finding_pkey primary key,
  file text not null,
  line integer not null,
  message text not null
);

grant select, insert, update on document to portal_app;
grant select, insert on revision, publication to portal_app;
grant update (read_by) on publication to portal_app;
grant select, insert, delete on passage, finding to portal_app;

-- So that `doctor` and readiness can tell a schema that is behind.
grant select on _sqlx_migrations to portal_app;
