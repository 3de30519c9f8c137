-- A recipe that came from a tree's content.toml, and that nobody edited, belongs to that tree: a later
-- tree that says nothing of it takes it away. One that was edited stays, whatever a tree says.
grant delete on recipe to portal_app;

-- The words of the present documents, for searches that find nothing: what was meant may be near.
create table vocabulary (
  word text not null constraint vocabulary_pkey primary key,
  count integer not null constraint vocabulary_count_positive check (count > 0)
);

grant select, insert, delete on vocabulary to portal_app;
