-- Who wrote an assessment last: what somebody of the firm has begun is theirs, and nobody rewrites it in their place.
alter table assessment
  add column saved_by uuid constraint assessment_writer_fkey references account on delete restrict;
