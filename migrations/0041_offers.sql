-- Offers: handed over by the recruiter to a named person of HR, and followed to their end. An offer that was made
-- expires by its clock, which nothing has to write down.

create table offer (
  offer_id uuid not null constraint offer_pkey primary key,
  application_id uuid not null constraint offer_application_fkey references application on delete restrict,
  hr_id uuid not null constraint offer_hr_fkey references account on delete restrict,
  state text not null constraint offer_state_known check (
    state in ('handed_over', 'received', 'made', 'accepted', 'declined', 'withdrawn')),
  handed_over_at timestamptz not null,
  -- By when HR contacts the candidate, as they are told it.
  contact_by timestamptz not null,
  -- Of each state, since when.
  since timestamptz not null,
  -- By when the candidate answers, once it is made.
  answer_by timestamptz,
  -- Why it was declined, or withdrawn.
  reason text not null default '' constraint offer_reason_length check (char_length(reason) <= 2000),
  version integer not null default 1,
  -- The last move and who made it: the same again, against the version before it, is the same move.
  moved text not null,
  moved_by uuid not null,
  constraint offer_made_has_an_answer_by
    check (state not in ('made', 'accepted', 'declined') or answer_by is not null),
  constraint offer_order check (handed_over_at <= since)
);

create unique index offer_open_key on offer (application_id) where state in ('handed_over', 'received', 'made');
create index offer_by_application_idx on offer (application_id, handed_over_at desc);
create index offer_open_by_hr_idx on offer (hr_id, handed_over_at, offer_id)
  where state in ('handed_over', 'received', 'made');

-- Where an offer stands at an instant, in one word. The same as `decision::offer::State::code` of what `settle`
-- makes of it; a test compares them.
create function offer_phase(o offer, at timestamptz) returns text
language sql immutable parallel safe
return case when o.state = 'made' and o.answer_by <= at then 'expired' else o.state end;

alter table application drop constraint application_closing_known;
alter table application add constraint application_closing_known
  check (closed_why in ('declined', 'filled', 'silent', 'withdrew', 'mistake', 'hired'));

grant select, insert, update on offer to portal_app;

-- A track that was filled is found by whoever was hired in it.
create index application_hired_idx on application (track_id, closed_at) where closed_why = 'hired';
