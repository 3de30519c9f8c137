-- Letters that are still to be written. A row is added in the transaction that causes the letter, so
-- that neither is without the other, and holds ids and codes only: the text is written when it is
-- sent, with the rights of that moment, and kept nowhere. A worker takes a row under a lease; killed,
-- it leaves nothing but a lease that runs out.

create table mail (
  mail_id uuid not null constraint mail_pkey primary key,
  template text not null constraint mail_template_is_a_name check (template ~ '^[a-z][a-z0-9_-]*$'),
  kind text not null constraint mail_kind_is_known check (kind in ('account', 'process', 'decision')),
  -- No foreign key: this room knows no other.
  recipient_id uuid not null,
  refs jsonb not null constraint mail_refs_are_named check (jsonb_typeof(refs) = 'object'),
  -- The event that is told, where it must not be told twice.
  dedupe text constraint mail_dedupe_key unique,
  created_at timestamptz not null,
  not_before timestamptz not null,
  attempts integer not null default 0 constraint mail_attempts_are_counted check (attempts >= 0),
  next_attempt_at timestamptz not null,
  leased_until timestamptz,
  sent_at timestamptz,
  dropped_at timestamptz,
  given_up_at timestamptz,
  -- A code of our own: a server's words may repeat the address.
  problem text constraint mail_problem_is_a_code check (problem ~ '^[a-z0-9-]{1,40}$'),
  constraint mail_ends_once check (num_nonnulls(sent_at, dropped_at, given_up_at) <= 1)
);

create index mail_due_idx on mail (next_attempt_at, mail_id)
  where sent_at is null and dropped_at is null and given_up_at is null;

create index mail_outbox_idx on mail (created_at, mail_id);

create index mail_given_up_idx on mail (given_up_at) where given_up_at is not null;

-- What a letter is about and whom it goes to is never changed.
grant select, insert on mail to portal_app;
grant update (attempts, next_attempt_at, leased_until, sent_at, dropped_at, given_up_at, problem)
  on mail to portal_app;
