-- Where candidates and interviewers have worked, a line each: whoever shares one is not proposed for a panel.
-- Only recruiters read what a candidate wrote, and nobody else what an interviewer did.

alter table application_private
  add column employers text not null default ''
    constraint application_private_employers_length check (char_length(employers) <= 2000);

alter table interviewer
  add column employers text not null default ''
    constraint interviewer_employers_length check (char_length(employers) <= 2000);
