-- Another e-mail address for an account: asked for in a session, confirmed from both mailboxes within a
-- day, then made. The row keeps both addresses, so that letters hold ids only. Links are made when their
-- letter is sent and known by their hash; a letter that was sent twice works both times, until one link
-- of it is used.

create table email_change (
  change_id uuid not null constraint email_change_pkey primary key,
  account_id uuid not null
    constraint email_change_account_fkey references account on delete cascade,
  email_before text not null,
  email_after text not null,
  email_after_key text not null,
  -- The session it was asked from: the one that goes on when the change is made.
  session_id uuid not null
    constraint email_change_session_fkey references account_session on delete cascade,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  before_confirmed_at timestamptz,
  after_confirmed_at timestamptz,
  made_at timestamptz,
  stopped_at timestamptz,
  -- Taken back by its owner; stopped from the present address; replaced by another; the new address
  -- has an account of its own.
  stopped text
    constraint email_change_stopped_known
    check (stopped in ('taken_back', 'not_me', 'replaced', 'taken')),
  constraint email_change_stopped_whole check ((stopped is null) = (stopped_at is null)),
  constraint email_change_ends_once check (num_nonnulls(made_at, stopped_at) <= 1),
  constraint email_change_made_when_both_confirmed check (
    made_at is null or (before_confirmed_at is not null and after_confirmed_at is not null))
);

-- One at a time.
create unique index email_change_one_pending on email_change (account_id)
  where made_at is null and stopped_at is null;

create table email_change_link (
  token_hash bytea not null constraint email_change_link_pkey primary key
    constraint email_change_link_is_sha256 check (octet_length(token_hash) = 32),
  change_id uuid not null
    constraint email_change_link_change_fkey references email_change on delete cascade,
  side text not null
    constraint email_change_link_side_known check (side in ('before', 'after')),
  created_at timestamptz not null,
  used_at timestamptz
);

create index email_change_link_by_change_idx on email_change_link (change_id, side)
  where used_at is null;

grant select, insert, update on email_change, email_change_link to portal_app;
