-- By when somebody who has heard a yes is told how it goes on is a promise of the pipeline, a manager's too.

drop index standing_open_by_manager_idx;
create index standing_open_by_manager_idx
  on standing (manager_id, created_at desc, application_id desc)
  include (recruiter_id, candidate_id, track_id, target_level, assignment_id, stage_id, format, phase, since,
    due_at, handed_in_at, answer_within_days, turns_at, turns_to, asks_id, asks_until, ball, ball_until, follows,
    follows_from)
  where closed_at is null;
