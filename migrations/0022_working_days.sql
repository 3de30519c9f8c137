-- What recruiters' work starts from: how many look at a stage's work and in how many days things happen,
-- how many positions a track has, and which days the company works.

alter table recipe
  add column panel_size smallint not null default 3
    constraint recipe_panel_size_sensible check (panel_size between 0 and 9),
  add column quorum smallint not null default 2,
  add column is_blind boolean not null default true,
  add column start_within_days smallint not null default 7
    constraint recipe_start_within_sensible check (start_within_days between 1 and 90),
  -- Working days.
  add column answer_within_days smallint not null default 5
    constraint recipe_answer_within_sensible check (answer_within_days between 1 and 90),
  -- What the present tree says, where a person says otherwise: the way back.
  add column of_tree jsonb,
  -- Raised by every change. The sum over all recipes is part of what public pages are made from.
  add column version integer not null default 1,
  add constraint recipe_quorum_of_panel
    check (quorum >= 0 and (panel_size = 0 or quorum between 1 and panel_size));

-- Blindness is the rule for what is done alone, and cannot be had on a call.
update recipe set is_blind = format = 'take_home';

alter table recipe
  add constraint recipe_live_session_is_not_blind check (format <> 'live_session' or not is_blind);

alter table track
  add column open_positions smallint not null default 1
    constraint track_open_positions_sensible check (open_positions between 0 and 999);

-- Days count in the company's zone; ISO weekdays, Monday is 1.
alter table organisation
  add column zone text not null default 'UTC',
  add column working_days smallint[] not null default '{1,2,3,4,5}'
    constraint organisation_working_days_known
    check (cardinality(working_days) between 1 and 7 and working_days <@ '{1,2,3,4,5,6,7}'),
  -- Raised by every change of these and of the holidays.
  add column calendar_version integer not null default 1;

create table holiday (
  day date not null constraint holiday_pkey primary key,
  name text not null constraint holiday_name_short check (char_length(name) between 1 and 100)
);

grant select, insert, delete on holiday to portal_app;
