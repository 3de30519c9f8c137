-- By when an answer is due that was promised `within` so many working days of `handed_in`; `begins` and `ends` are the
-- working days from some day before. Reports count by it what the calendar of every other page says.
create function answer_due(handed_in timestamptz, within smallint, begins timestamptz[], ends timestamptz[])
returns timestamptz
language sql immutable parallel safe
return ends[width_bucket(handed_in, begins) + within];
