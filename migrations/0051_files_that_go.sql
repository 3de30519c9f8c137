-- Files that were sent and that nothing refers to any more go after a day: first their row, then their objects.

-- Whether an object is referred to is asked of many at once.
create index upload_sent_hash_idx on upload using hash (sent_hash);
create index upload_kept_hash_idx on upload using hash (kept_hash);
create index upload_received_idx on upload (received_at);

grant delete on upload to portal_app;
