-- A database as it is after years: run by `interviews.rs`, one statement after another, in a connection of
-- the owner. `wanted` holds the counts. Every constraint and foreign key stays on, but for the rule that is named
-- below. What looks drawn by lot is drawn by hashing, so that it is the same every time.

create function pg_temp.lot(n bigint, salt int, sides int) returns int immutable language sql
return (hashint8extended(n, salt) & 2147483647) % sides;

-- Ids of version 7, as the portal's: rows made together lie together.
create function pg_temp.id_at(at timestamptz, n bigint, kind text) returns uuid immutable language sql
return (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0')
  || '7' || substr(md5(kind || n), 1, 3) || '8' || substr(md5(n || kind), 1, 15))::uuid;

create temp table track_stages as
select t.track_id, row_number() over (order by t.position) - 1 as number,
  array_agg(s.stage_id order by s.position) as stages,
  array_agg(r.format order by s.position) as formats,
  array_agg(coalesce(r.time_limit_minutes, 0) order by s.position) as minutes,
  array_agg(d.document_id order by s.position) as documents,
  array_agg(d.present_hash order by s.position) as hashes
from track t
join stage s using (track_id)
join recipe r using (stage_id)
join document d on d.path = s.document_path
where t.retired_at is null and s.retired_at is null
group by t.track_id, t.position;

-- Staff by number: as many managers as recruiters, three interviewers to each, and one administrator.
create temp table staff as
select kind, n, pg_temp.id_at(w.now - w.history, n, kind) as id
from wanted w
cross join (values ('recruiter', 1), ('hiring_manager', 1), ('interviewer', 3), ('administrator', 0)) as k (kind, each)
cross join lateral generate_series(0, greatest(w.recruiters * k.each, 1) - 1) n;
create index on staff (kind, n);

insert into account (account_id, email, email_key, name, roles, password, created_at, accepted_at)
select id, kind || n || '@staff.example.org', kind || n || '@staff.example.org', initcap(kind) || ' ' || n,
  array[kind], w.password, w.now - w.history, w.now - w.history
from staff cross join wanted w;

-- Applications in the order of their time. The newest are in hand, dealt to all recruiters alike; the first
-- recruiter has one of sixteen of the others. Where there are many, the second has as many, and never closed any.
create temp table application_plan as
select n, w.now - w.history * (1 - n::float8 / (w.applications + 1)) as created_at,
  1 + (n - 1) * w.candidates / w.applications as candidate,
  case
    when n > w.applications - w.open then n % w.recruiters
    when w.recruiters < 10 or n % 16 < 2 then n % 16 % w.recruiters
    else 2 + pg_temp.lot(n, 1, w.recruiters - 2)
  end as recruiter,
  pg_temp.lot(n, 2, 10) as managed,
  n > w.applications - w.open or (w.recruiters >= 10 and n % 16 = 1) as is_open,
  n > w.applications - w.open as is_in_hand,
  n > w.applications - w.untouched as is_untouched
from wanted w
cross join generate_series(1::bigint, w.applications) n;

insert into account (account_id, email, email_key, name, roles, created_at, accepted_at)
select pg_temp.id_at(c.created_at, c.n, 'candidate'), e.email, e.email, c.first || ' ' || c.last, array['candidate'],
  c.created_at, case when pg_temp.lot(c.n, 3, 50) > 0 then c.created_at + interval '5 hours' end
from (
  select candidate as n, min(created_at) as created_at,
    case when bool_or(n in (w.middle, w.middle + 1)) then 'Xanthippe' else
      (array['Maya', 'Jonas', 'Zoë', 'Tomás', 'Ingrid', 'Sean', 'Maryam', 'Ng', 'Robin', 'Anna', 'Marco', 'Ada',
        'Kofi', 'Priya', 'Lena', 'Omar', 'Yuki', 'Chen', 'Fatima', 'Ivan', 'Elif', 'Noor', 'Pavel', 'Rosa', 'Hugo',
        'Aisha', 'Diego', 'Freya', 'Mateo', 'Nia', 'Oskar', 'Sofia', 'Tariq', 'Uma', 'Viktor', 'Wanda', 'Jürgen',
        'Zainab', 'Lars', 'Bea'])[1 + pg_temp.lot(candidate, 4, 40)] end as first,
    (array['Brze', 'Linde', 'Oka', 'Fer', 'Mül', 'Sand', 'Har', 'Kow', 'Tan', 'Vas', 'Wal', 'Dre'])
      [1 + pg_temp.lot(candidate, 5, 12)]
    || (array['for', 'rei', 'sti', 'ler', 'ano', 'qvi', 'mar', 'dul', 'ben', 'cor'])[1 + pg_temp.lot(candidate, 6, 10)]
    || (array['ski', 'son', 'ra', 'st', 'berg', 'mann', 'wicz', 'dóttir', 'ez', 'ko'])[1 + pg_temp.lot(candidate, 7, 10)]
      as last
  from application_plan cross join wanted w
  group by candidate) c
cross join lateral (
  select lower(c.first || '.' || c.last) || c.n || case when pg_temp.lot(c.n, 17, 2) = 0 then '@mail.example.org'
    else '@example.org' end as email) e
order by c.n;

create temp table made as
select p.n, pg_temp.id_at(p.created_at, p.n, 'application') as application_id, p.created_at, p.is_open, p.is_in_hand,
  p.is_untouched, c.account_id as candidate_id, t.number as track, t.track_id,
  1 + pg_temp.lot(p.n, 8, 5) as level, r.id as recruiter_id, m.id as manager_id
from application_plan p
join (
  select a.account_id, row_number() over (order by a.created_at, a.account_id) as n
  from account a
  where a.roles = array['candidate']) c on c.n = p.candidate
join track_stages t on t.number = p.n % 3
join staff r on r.kind = 'recruiter' and r.n = p.recruiter
left join staff m on m.kind = 'hiring_manager' and p.managed > 0
  and m.n = pg_temp.lot(p.n, 9, (select recruiters from wanted));
create index on made (n);
analyze made;

insert into application (application_id, candidate_id, track_id, target_level, recruiter_id, manager_id, alias,
  source, created_at, closed_at)
select application_id, candidate_id, track_id, level, recruiter_id, manager_id, 'Heron ' || n,
  (array['a referral', 'Job board', '', 'Conference in Lisbon'])[1 + pg_temp.lot(n, 10, 4)], created_at,
  case when not is_open then created_at + interval '40 days' end
from made
order by n;

insert into application_private (application_id, note, time_percent)
select application_id, case when pg_temp.lot(n, 11, 3) = 0 then 'Prefers mornings; calls at noon are hard.' else '' end,
  (array[100, 100, 100, 100, 100, 100, 100, 125, 150, 200])[1 + pg_temp.lot(n, 12, 10)]
from made
order by n;

-- One to four stages an application, given one after another; what came before the last is over.
create temp table given as
select row_number() over (order by m.n, j) as n, m.n as application, j, j = k.count as is_last, m.application_id,
  m.candidate_id, m.recruiter_id, m.is_in_hand, m.level, t.stages[s.at] as stage_id, t.formats[s.at] as format,
  t.documents[s.at] as document_id, t.hashes[s.at] as content_hash,
  nullif(t.minutes[s.at], 0) as minutes,
  case when m.is_in_hand and j = k.count then
    greatest(m.created_at, w.now - interval '1 hour' * pg_temp.lot(m.n, 13, 150) - interval '2 hours')
    else m.created_at + interval '9 days' * (j - 1) + interval '1 minute' * pg_temp.lot(m.n, 14, 600) end
    as assigned_at,
  case when m.is_in_hand and j = k.count
    then (array['assigned', 'assigned', 'assigned', 'in_progress', 'in_progress', 'in_progress', 'in_progress',
      'in_progress', 'waiting', 'submitted', 'voting', 'voting', 'voting', 'voting', 'opened', 'opened', 'lapsing',
      'lapsed', 'decline', 'advance'])[1 + (m.n / w.recruiters) % 20]
    when j < k.count then (array['advance', 'advance', 'advance', 'lapsed'])[1 + pg_temp.lot(m.n, 15, 4)]
    else (array['decline', 'decline', 'decline', 'decline', 'advance', 'advance', 'advance', 'withdrawn', 'cancelled',
      'ended_early', 'not_held', 'lapsed', 'lapsed', 'lapsing', 'lapsing'])[1 + pg_temp.lot(m.n, 16, 15)] end as fate
from made m
cross join wanted w
join track_stages t on t.number = m.track
cross join lateral (select (array[1, 2, 2, 3, 3, 4])[1 + m.n % 6] as count) k
cross join lateral generate_series(1, k.count) j
cross join lateral (select least(j, cardinality(t.stages)) as at) s
where not m.is_untouched;

insert into assignment (assignment_id, application_id, stage_id, format, level, document_id, content_hash,
  time_limit_minutes, assigned_at, state, start_by, started_at, due_at, cutoff_at, waits_from, work_at, submitted_at,
  opened_at, opened_how, decided_at, told_at, outcome, decided_level, closed_at, closed_why, closed_reason, absent, version,
  panel_size, quorum, is_blind, answer_within_days)
select pg_temp.id_at(g.assigned_at, g.n, 'assignment'), application_id, stage_id, format, level, document_id,
  content_hash, case when format = 'take_home' then minutes end, assigned_at,
  case when fate in ('advance', 'decline') then 'decided'
    when fate in ('lapsed', 'withdrawn', 'cancelled', 'ended_early', 'not_held') then 'closed'
    when fate = 'lapsing' then 'assigned'
    when fate = 'waiting' then 'in_progress'
    when fate = 'voting' then 'submitted'
    else fate end,
  case when fate = 'lapsing' then
    case when is_in_hand then least(w.now - interval '1 hour', assigned_at + interval '1 day')
      else assigned_at + interval '7 days' end
    when format <> 'external' then assigned_at + interval '7 days' end,
  started_at, due_at,
  case when fate <> 'waiting' then due_at + case format when 'live_session' then interval '1 hour'
    else interval '5 minutes' end end,
  case when fate = 'waiting' then started_at end,
  case when fate = 'submitted' or submitted_at is not null then submitted_at end,
  submitted_at, opened_at, case when opened_at is not null then 'complete' end,
  case when fate in ('advance', 'decline') then opened_at + interval '1 minute' end,
  case when fate in ('advance', 'decline') then opened_at + interval '16 hours' end,
  case when fate in ('advance', 'decline') then fate end,
  case when fate = 'advance' then level end,
  case when fate in ('lapsed', 'withdrawn', 'cancelled', 'ended_early', 'not_held')
    then least(w.now, assigned_at + interval '7 days') end,
  case when fate in ('lapsed', 'withdrawn', 'cancelled', 'ended_early', 'not_held') then fate end,
  case when fate = 'ended_early' then 'The position was filled.' else '' end,
  case when fate = 'not_held' then 'candidate' end, 3, 3, 2, format = 'take_home', 5
from given g
cross join wanted w
cross join lateral (
  select case when fate not in ('assigned', 'lapsing', 'lapsed', 'cancelled')
    then assigned_at + case when is_in_hand and is_last then interval '30 minutes' else interval '20 hours' end end
    as started_at) b
cross join lateral (
  select case when format <> 'external'
    then started_at + interval '1 minute' * coalesce(minutes, 150) + case when is_in_hand and is_last
      and format = 'live_session' then interval '9 days' else interval '0' end end as due_at,
    case when fate in ('voting', 'opened', 'advance', 'decline')
      then case when is_in_hand and is_last then started_at + interval '20 minutes'
        else started_at + interval '4 days' end
      when fate = 'submitted' then greatest(started_at, w.now - interval '10 minutes') end as submitted_at) d
cross join lateral (
  select case when fate in ('opened', 'advance', 'decline')
    then submitted_at + case when is_in_hand and is_last then interval '5 minutes' else interval '2 days' end end
    as opened_at) o
where g.n <= w.assignments
order by g.n;

-- The rule that keeps panels impartial is asked for every seat of the small database. The large one is filled in
-- the same way, and without: in a table that has never been analyzed it reads all of it for each.
do $$ begin if (select assignments > 10000 from wanted) then
  alter table panel_member disable trigger panel_member_is_impartial; end if; end $$;

-- Panels of three while a stage goes on: one of twelve is short, and one of twenty members is silent. Of the
-- others two are kept. Blind panels are of other people than those that know the name, as nobody is on both. What is in
-- hand is dealt to all alike; of what lapsed and was never closed, the first of each half has nothing.
insert into panel_member (panel_member_id, assignment_id, account_id, is_shadow, invited_at, answer_by, accepted_at,
  goes_on)
select pg_temp.id_at(g.assigned_at, g.n * 3 + i, 'panel'), pg_temp.id_at(g.assigned_at, g.n, 'assignment'), s.id, false,
  g.assigned_at, g.assigned_at + interval '2 days',
  case when not (goes_on and pg_temp.lot(g.n * 3 + i, 21, 20) = 0) then g.assigned_at + interval '1 day' end, goes_on
from (
  select *, row_number() over (partition by format = 'take_home', is_in_hand and is_last order by n) * 3 as turn
  from given) g
cross join wanted w
cross join lateral (
  select is_in_hand and is_last and fate in ('assigned', 'in_progress', 'waiting', 'submitted', 'voting', 'opened')
    as goes_on) o
cross join generate_series(0, 2) i
cross join lateral (select w.recruiters * 3 / 2 as half) h
cross join lateral (
  select case when format = 'take_home' then 0 else half end as first,
    case when format = 'take_home' then half else w.recruiters * 3 - half end as width) p
join staff s on s.kind = 'interviewer' and s.n = p.first + case
  when fate = 'lapsing' and not (is_in_hand and is_last) then 1 + (g.turn + i) % (p.width - 1)
  else (g.turn + i) % p.width
end
where g.n <= w.assignments and (i < 2 or goes_on and pg_temp.lot(g.n, 20, 12) > 0)
order by g.n, i;

alter table panel_member enable trigger panel_member_is_impartial;

-- What was handed in, of all stages but calls.
insert into submission (submission_id, assignment_id, content_hash, level, links, note, answers, handed_in_at)
select pg_temp.id_at(g.submitted_at, row_number() over (), 'submission'), g.assignment_id,
  sha256(convert_to(g.assignment_id::text, 'UTF8')), g.level, array['https://code.example.org/work'],
  repeat('It starts with one command, and the readme says which choices were made and why. ', 4), '[]',
  g.submitted_at
from assignment g
where g.submitted_at is not null and g.format <> 'live_session'
order by g.submitted_at;

-- What panels had voted, five to each: one vote in three against.
insert into opened_vote (opened_vote_id, assignment_id, author_id, value, comment, level, is_practice, is_unchanged)
select pg_temp.id_at(g.opened_at, row_number() over (), 'vote'), g.assignment_id, null,
  case when abs(hashtextextended(g.assignment_id::text, i)) % 3 = 0 then -2 else 1 end,
  repeat('It builds, it runs, and the tests say what they mean. ', 4), g.level, false, true
from assignment g
cross join generate_series(1, 5) i
where g.opened_at is not null
order by g.opened_at;

-- And what is sealed: two in three of those who vote have voted.
insert into vote (assignment_id, member_id, author_id, value, comment, level, cast_at)
select g.assignment_id, m.panel_member_id, m.account_id,
  case when h.lot % 5 = 0 then -2 else 1 end,
  repeat('It builds, it runs, and the tests say what they mean. ', 4), g.level, w.now - interval '1 minute'
from assignment g
join panel_member m using (assignment_id)
cross join wanted w
cross join lateral (select hashtextextended(m.panel_member_id::text, 1) & 2147483647 as lot) h
where m.accepted_at is not null and h.lot % 3 < 2 and assignment_phase(g, w.now - interval '1 minute') = 'voting';

-- More time: asked for in one of twelve stages, and answered but for one of eight under way.
insert into time_request (time_request_id, assignment_id, asked_at, asked_minutes, reason, answered_at,
  given_minutes, answer)
select pg_temp.id_at(g.started_at, row_number() over (), 'request'), g.assignment_id, g.started_at, 2880,
  'Our street was under water until yesterday.', case when not o.waits then g.started_at + interval '3 hours' end,
  case when not o.waits then 1440 end, case when not o.waits then 'Take a day.' else '' end
from assignment g
join application p using (application_id)
cross join lateral (select hashtextextended(g.assignment_id::text, 1) & 2147483647 as lot) h
cross join lateral (select g.state = 'in_progress' and p.closed_at is null and h.lot % 8 = 0 as waits) o
where g.started_at is not null and (h.lot % 12 = 0 or o.waits);

-- What was recorded: of each application, and the rest of signing in.
create temp table happened as
select at, action, actor_id, about, about_id, refs, note from (
  select m.created_at as at, 'application.added' as action, m.recruiter_id as actor_id, 'application' as about,
    m.application_id as about_id, jsonb_build_object('account', m.candidate_id) as refs, null as note
  from made m
  union all
  select g.assigned_at + e.after, e.action, case when e.by_candidate then m.candidate_id else m.recruiter_id end,
    'application', m.application_id, jsonb_build_object('assignment', g.assignment_id) || e.refs, e.note
  from assignment g
  join made m using (application_id)
  cross join (values
    ('assignment.given', interval '0', false, '{}'::jsonb, null),
    ('assignment.started', interval '20 hours', true, '{}', null),
    ('assignment.time_asked', interval '21 hours', true, '{"minutes": "2880"}', 'Our street was under water.'),
    ('assignment.time_given', interval '23 hours', false, '{"minutes": "1440"}', 'Take a day.'),
    ('assignment.lapsed', interval '7 days', false, '{}', null)
  ) as e (action, after, by_candidate, refs, note)) known;

insert into happened
select w.now - w.history * (1 - s.n::float8 / (w.events + 1)), 'account.signed_in', c.candidate_id, 'account',
  c.candidate_id, '{"by": "password"}', null
from wanted w
cross join generate_series(1, greatest(0, w.events - (select count(*) from happened))) as s (n)
join made c on c.n = 1 + s.n % w.applications;

create temp table logged as
select row_number() over (order by at, about_id, action) as n, pg_temp.id_at(at, row_number() over (order by at, about_id, action), 'event')
  as event_id, happened.*
from happened;

insert into audit_event (event_id, at, action, actor, actor_id, about, about_id, refs, note_hash)
select event_id, at, action, 'person', actor_id, about, about_id, refs,
  case when note is not null then sha256(convert_to(note || n, 'UTF8')) end
from logged
order by n;

insert into audit_note (event_id, salt, text)
select event_id, sha256(convert_to(n::text, 'UTF8')), note
from logged
where note is not null
order by n;

-- As many seals as a sealed log has, of the same size; but no chain: their hashes are of numbers.
insert into audit_seal (sequence, event_id, hash, encoding, event_hash)
select coalesce((select max(sequence) from audit_seal), 0) + n, event_id, sha256(convert_to('a' || n, 'UTF8')), 1,
  sha256(convert_to('b' || n, 'UTF8'))
from logged
order by n;

-- Letters that were sent, two a stage, as an outbox keeps them.
insert into mail (mail_id, template, kind, recipient_id, refs, created_at, not_before, next_attempt_at, attempts,
  sent_at)
select pg_temp.id_at(g.assigned_at, row_number() over (), 'mail'), t.template, 'process', m.candidate_id,
  jsonb_build_object('assignment', g.assignment_id), g.assigned_at, g.assigned_at, g.assigned_at, 1,
  g.assigned_at + interval '2 seconds'
from assignment g
join made m using (application_id)
cross join (values ('stage_given'), ('start_soon')) as t (template)
order by g.assigned_at;
