-- That a reserve was called for a panel, since fewer than the quorum had voted two working days past its promise:
-- the one thing that is told of votes before they are open, and once for each stage. Whoever was asked stands on
-- the panel like anybody else; where nobody is asked, nobody was free.
create table reserve (
  assignment_id uuid not null constraint reserve_pkey primary key
    constraint reserve_assignment_fkey references assignment on delete restrict,
  called_at timestamptz not null
);

grant select, insert on reserve to portal_app;
