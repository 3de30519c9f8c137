-- People: who they are to the house, how they prove it, and which browsers they are signed in with.
-- Nothing that opens a door is kept as such: passwords as argon2id, tokens as SHA-256.

create table organisation (
  only_one boolean not null default true
    constraint organisation_pkey primary key
    constraint organisation_only_one check (only_one),
  name text not null
    constraint organisation_name_length check (char_length(name) between 1 and 100),
  -- Who mail comes from, as `Name <address>`; null takes the operator's setting.
  mail_sender text,
  privacy_notice text not null default '',
  second_factor_required boolean not null default false,
  set_up_at timestamptz not null
);

create table account (
  account_id uuid not null constraint account_pkey primary key,
  email text not null,
  -- Unicode NFKC and lower case: one address has one account, however it is typed.
  email_key text not null constraint account_email_key unique,
  name text not null
    constraint account_name_length check (char_length(name) between 1 and 200),
  roles text[] not null
    constraint account_roles_known check (
      roles <@ array['candidate', 'recruiter', 'interviewer', 'hiring_manager', 'hr',
                     'administrator', 'external']
      and cardinality(roles) >= 1)
    constraint account_roles_together check (
      not (roles && array['candidate', 'external']) or cardinality(roles) = 1),
  password text
    constraint account_password_is_argon2id check (password like '$argon2id$%'),
  zone text not null default 'UTC',
  created_at timestamptz not null,
  -- Null while the invitation stands.
  accepted_at timestamptz,
  disabled_at timestamptz,
  ends_at timestamptz,
  version integer not null default 1,
  constraint account_external_ends check ((roles @> array['external']) = (ends_at is not null))
);

-- The list of people is read by name, then id.
create index account_by_name_idx on account (lower(name), account_id);

create table account_session (
  session_id uuid not null constraint account_session_pkey primary key,
  account_id uuid not null
    constraint account_session_account_fkey references account on delete cascade,
  token_hash bytea not null constraint account_session_token_key unique
    constraint account_session_token_is_sha256 check (octet_length(token_hash) = 32),
  -- What the browser calls itself, shortened, for the person to recognise.
  device text not null,
  -- The browser's own lasting secret: one that was here before is not counted among strangers.
  browser_hash bytea not null
    constraint account_session_browser_is_sha256 check (octet_length(browser_hash) = 32),
  started_at timestamptz not null,
  seen_at timestamptz not null,
  proved_at timestamptz not null,
  -- Its next request gets a new token, because what it may do has changed.
  renew boolean not null default false,
  ended_at timestamptz
);

create index account_session_by_account_idx on account_session (account_id, seen_at);

-- Links that open a door once. Several may stand for one purpose: mail that was sent twice works both
-- times, until one of them is used.
create table account_token (
  token_hash bytea not null constraint account_token_pkey primary key
    constraint account_token_is_sha256 check (octet_length(token_hash) = 32),
  purpose text not null
    constraint account_token_purpose_known
    check (purpose in ('set_up', 'invitation', 'reset', 'sign_in')),
  account_id uuid
    constraint account_token_account_fkey references account on delete cascade,
  -- The browser that asked, where only that one may use it.
  browser_hash bytea,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint account_token_account_known check ((purpose = 'set_up') = (account_id is null))
);

create index account_token_by_account_idx on account_token (account_id, purpose)
  where used_at is null;

-- Somebody asked for a way in, by an address that may have no account. The link is made when its mail is
-- sent, and opens the door of the browser that asked alone.
create table account_request (
  request_id uuid not null constraint account_request_pkey primary key,
  account_id uuid
    constraint account_request_account_fkey references account on delete cascade,
  browser_hash bytea not null
    constraint account_request_browser_is_sha256 check (octet_length(browser_hash) = 32),
  asked_at timestamptz not null
);

grant select, insert on account_request to portal_app;
grant select, insert, update on organisation, account, account_session, account_token to portal_app;
