-- Signing in through the organisation's OpenID provider. Whom a provider means is told by issuer and
-- subject, never by address. A sign-in on its way is a row, so that any instance may take it up again; it
-- holds no secret: what the provider is sent is made of the browser's own secret and the state, and of
-- both only hashes are here.

create table account_identity (
  issuer text not null,
  subject text not null,
  account_id uuid not null
    constraint account_identity_account_fkey references account on delete cascade,
  linked_at timestamptz not null,
  -- Its owner took it off: it is not linked again by address alone.
  unlinked_at timestamptz,
  constraint account_identity_pkey primary key (issuer, subject)
);

create unique index account_identity_one_each on account_identity (account_id, issuer)
  where unlinked_at is null;

create table account_sign_on (
  state_hash bytea not null constraint account_sign_on_pkey primary key
    constraint account_sign_on_state_is_sha256 check (octet_length(state_hash) = 32),
  browser_hash bytea not null
    constraint account_sign_on_browser_is_sha256 check (octet_length(browser_hash) = 32),
  -- Where its owner wanted to go: a path of the portal, or nothing.
  next text not null,
  -- Whose account is to be linked, where somebody who has signed in asked for that.
  account_id uuid
    constraint account_sign_on_account_fkey references account on delete cascade,
  begun_at timestamptz not null,
  expires_at timestamptz not null
);

create index account_sign_on_expired_idx on account_sign_on (expires_at);

-- Begun by the organisation's provider, whose word counts as both factors.
alter table account_session add column is_vouched_for boolean not null default false;

grant select, insert, update on account_identity to portal_app;
-- One that is taken up again, or too old, is of no use to anybody.
grant select, insert, delete on account_sign_on to portal_app;
