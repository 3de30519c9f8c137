-- A recipe that came from a tree's content.toml, and that nobody edited, belongs to that tree: a later
-- tree that says nothing of it takes it away. One that was edited stays, whatever a tree says.
grant delete on recipe to portal_app;
