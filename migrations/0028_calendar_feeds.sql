-- A secret address under which an interviewer's own calendar finds the dates of their panels. Known by its
-- hash alone; a new one takes the place of the one before.
create table calendar_feed (
  account_id uuid not null constraint calendar_feed_pkey primary key
    constraint calendar_feed_account_fkey references account on delete cascade,
  token_hash bytea not null constraint calendar_feed_token_key unique
    constraint calendar_feed_token_is_a_hash check (octet_length(token_hash) = 32),
  made_at timestamptz not null
);

grant select, insert, update, delete on calendar_feed to portal_app;
