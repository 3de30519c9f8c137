-- The public pages as finished bytes, so that a start has only to load them. A cache: it can be made
-- again from the tables before it at any time, and is, when `render_key` does not fit the binary.

create table finished_page (
  address text not null constraint finished_page_pkey primary key,
  media_type text not null,
  policy text not null,
  identity bytea not null,
  gzip bytea,
  brotli bytea
);

-- Which set is kept, and what pages made on request need to look like it.
create table finished_set (
  only_row boolean not null default true
    constraint finished_set_pkey primary key
    constraint finished_set_only_row check (only_row),
  render_key text not null,
  chrome jsonb not null
);

grant select, insert, update, delete on finished_page, finished_set to portal_app;
