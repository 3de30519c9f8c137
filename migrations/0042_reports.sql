-- Reports read a year of applications with the stages given in them, wherever they stand.

create index application_by_time_idx on application (created_at) include (application_id, track_id);

-- Whether the panel was of one mind, without the comments of its votes.
create index opened_vote_values_idx on opened_vote (assignment_id) include (value) where not is_practice;
