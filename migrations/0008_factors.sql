-- Second factors: authenticator apps, recovery codes, passkeys, and sign-ins that wait for one of them.
-- The secret of an app has to be read again, so it is sealed by the portal's key and bound to its
-- account; everything else is kept as SHA-256, or opens nothing by itself as a passkey's public half.

create table account_totp (
  account_id uuid not null constraint account_totp_pkey primary key
    constraint account_totp_account_fkey references account on delete cascade,
  secret bytea not null,
  added_at timestamptz not null,
  -- The 30 seconds whose code was taken last. One code opens one door: only later ones count.
  last_step bigint not null,
  used_at timestamptz
);

create table account_recovery_code (
  account_id uuid not null
    constraint account_recovery_code_account_fkey references account on delete cascade,
  code_hash bytea not null
    constraint account_recovery_code_is_sha256 check (octet_length(code_hash) = 32),
  made_at timestamptz not null,
  used_at timestamptz,
  constraint account_recovery_code_pkey primary key (account_id, code_hash)
);

create table account_passkey (
  passkey_id uuid not null constraint account_passkey_pkey primary key,
  account_id uuid not null
    constraint account_passkey_account_fkey references account on delete cascade,
  -- What its device calls it. Two accounts never share one.
  credential_id bytea not null constraint account_passkey_credential_key unique,
  name text not null
    constraint account_passkey_name_length check (char_length(name) between 1 and 100),
  -- Its public key, and how often it was used, as the library has it.
  credential jsonb not null,
  added_at timestamptz not null,
  used_at timestamptz
);

create index account_passkey_by_account_idx on account_passkey (account_id, added_at);

-- Somebody proved the first factor; no session begins before the second.
create table account_pending (
  token_hash bytea not null constraint account_pending_pkey primary key
    constraint account_pending_token_is_sha256 check (octet_length(token_hash) = 32),
  account_id uuid not null
    constraint account_pending_account_fkey references account on delete cascade,
  -- The browser that proved it, and no other.
  browser_hash bytea not null
    constraint account_pending_browser_is_sha256 check (octet_length(browser_hash) = 32),
  tries integer not null default 0,
  expires_at timestamptz not null
);

create index account_pending_by_account_idx on account_pending (account_id);
create index account_pending_by_expiry_idx on account_pending (expires_at);

-- What a passkey was asked to sign, until it has: by any instance, once.
create table account_challenge (
  token_hash bytea not null constraint account_challenge_pkey primary key
    constraint account_challenge_token_is_sha256 check (octet_length(token_hash) = 32),
  purpose text not null
    constraint account_challenge_purpose_known
    check (purpose in ('register', 'sign_in', 'second', 'confirm')),
  -- Null where the passkey is to say whose it is.
  account_id uuid
    constraint account_challenge_account_fkey references account on delete cascade,
  state jsonb not null,
  expires_at timestamptz not null,
  constraint account_challenge_account_known check ((purpose = 'sign_in') = (account_id is null))
);

create index account_challenge_by_expiry_idx on account_challenge (expires_at);
create index account_challenge_by_account_idx on account_challenge (account_id)
  where account_id is not null;

grant select, insert, update, delete
  on account_totp, account_recovery_code, account_passkey, account_pending, account_challenge
  to portal_app;
