-- Tracks and their stages, keyed by slug and by (track, document path) so that a later sync finds
-- them again. What leaves the tree is retired, never deleted.

create table track (
  track_id uuid not null constraint track_pkey primary key,
  slug text not null constraint track_slug_key unique,
  position integer not null,
  focus text not null,
  audience text not null,
  description text not null,
  teaser text not null,
  challenge_intro text not null,
  levels_intro text not null,
  notes text[] not null,
  created_at timestamptz not null,
  retired_at timestamptz
);

create table stage (
  stage_id uuid not null constraint stage_pkey primary key,
  track_id uuid not null constraint stage_track_fkey references track on delete restrict,
  document_path text not null,
  position integer not null,
  title text not null,
  created_at timestamptz not null,
  retired_at timestamptz,
  constraint stage_track_document_key unique (track_id, document_path)
);

create index stage_track_idx on stage (track_id, position) where retired_at is null;

-- How a stage is run. Seeded by content.toml until somebody edits it in the portal.
create table recipe (
  stage_id uuid not null constraint recipe_pkey primary key
    constraint recipe_stage_fkey references stage on delete restrict,
  format text not null
    constraint recipe_format_known check (format in ('take_home', 'live_session', 'external')),
  time_limit_minutes integer
    constraint recipe_time_limit_positive check (time_limit_minutes > 0),
  effort text,
  agenda jsonb not null,
  parts text[] not null,
  edited_at timestamptz
);

-- The level guides a track names, as wanted: the document may not be in the tree.
create table track_guide (
  track_id uuid not null constraint track_guide_track_fkey references track on delete restrict,
  position integer not null,
  title text not null,
  document_path text not null,
  constraint track_guide_pkey primary key (track_id, position)
);

grant select, insert, update on track, stage, recipe to portal_app;
grant select, insert, delete on track_guide to portal_app;
