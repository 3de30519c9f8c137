-- Who is to move next in an application, in one place: the phase says it, but for where somebody else is waited for.

create function standing_holder(s standing, at timestamptz) returns text
language sql immutable parallel safe
return case
  -- More time was asked for, and that is the recruiter's to answer, whoever runs the stage.
  when standing_phase(s, at) = 'in_progress' and s.asks_id = s.assignment_id
    and (s.asks_until is null or s.asks_until > at) then 'recruiter'
  when s.ball is not null and (s.ball_until is null or s.ball_until > at) then s.ball
  else case standing_phase(s, at)
    when 'in_progress' then case s.format when 'live_session' then 'panel' else 'candidate' end
    when 'submitted' then 'candidate'
    when 'waiting' then 'panel'
    when 'voting' then 'panel'
    when 'opened' then 'manager'
    -- A time has to be found, or the firm told.
    when 'assigned' then case s.format when 'take_home' then 'candidate' else 'recruiter' end
    else 'recruiter'
  end
end;
