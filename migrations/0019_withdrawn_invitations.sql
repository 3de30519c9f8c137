-- An invitation that was never accepted can be withdrawn: its account goes, unless something refers to it.

grant delete on account to portal_app;
