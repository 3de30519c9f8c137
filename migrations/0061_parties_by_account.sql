-- Whether an interviewer is a party to what their candidates are in is asked for each of their panels: what is asked
-- of one account lies together, however many candidates there have been.

drop index application_party_by_candidate_idx;
create index application_party_by_account_idx on application_party (account_id, candidate_id)
  include (application_id);
