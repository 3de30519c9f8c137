-- How much somebody sends is counted, so that nobody fills the store.

-- A file somebody sent, whatever became of it. Kept for a day.
create table sending (
  account_id uuid not null constraint sending_account_fkey references account on delete cascade,
  sent_at timestamptz not null,
  bytes bigint not null constraint sending_counted check (bytes >= 0)
);

create index sending_by_account_idx on sending (account_id, sent_at);
create index sending_by_time_idx on sending (sent_at);

grant select, insert, delete on sending to portal_app;
