-- Letters in an organisation's own words. A letter without a row here says what it ships with, so an
-- upgrade can better those.

create table mail_wording (
  template text not null constraint mail_wording_pkey primary key,
  subject text not null
    constraint mail_wording_subject_length check (char_length(subject) between 1 and 200),
  body text not null constraint mail_wording_body_length check (char_length(body) between 1 and 5000),
  closing text not null constraint mail_wording_closing_length check (char_length(closing) <= 5000),
  changed_at timestamptz not null
);

grant select, insert, update, delete on mail_wording to portal_app;
