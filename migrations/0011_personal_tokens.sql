-- Tokens people make for programs of theirs: shown once, known by their hash. A revoked one keeps its row,
-- so that its owner can see when it was last used.

create table personal_token (
  token_id uuid not null constraint personal_token_pkey primary key,
  account_id uuid not null
    constraint personal_token_account_fkey references account on delete cascade,
  token_hash bytea not null constraint personal_token_hash_key unique
    constraint personal_token_is_sha256 check (octet_length(token_hash) = 32),
  name text not null
    constraint personal_token_name_length check (char_length(name) between 1 and 60),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- To within some minutes.
  used_at timestamptz,
  revoked_at timestamptz
);

-- Of those that stand each has a name of its own: a form that is sent twice makes one token.
create unique index personal_token_name_key on personal_token (account_id, name)
  where revoked_at is null;

grant select, insert, update on personal_token to portal_app;
