-- What candidates are found by, so that a search costs the same however many people there are.

-- The words of a name or an address, without accents: what somebody types is looked for at the beginning of
-- each. A list of words, because an index of pieces (pg_trgm) is an extension that not every server has.
create function search_words(text text) returns text[]
language sql immutable parallel safe
return array_remove(
  string_to_array(
    translate(
      regexp_replace(normalize(lower(text), NFD), '[\u0300-\u036f]', '', 'g'),
      '@._+-,;:/\()[]{}<>"''’“”&!|*#=?~', repeat(' ', 31)),
    ' '),
  '');

-- Every word that was typed, each as a beginning; null where there is none.
create function search_query(typed text) returns tsquery
language sql immutable parallel safe
return (
  select string_agg('''' || word || ''':*', ' & ')::tsquery
  from unnest(search_words(typed)) as word);

alter table account
  add column words tsvector not null
    generated always as (array_to_tsvector(search_words(name || ' ' || email_key))) stored;

-- Without a list of what is still to be indexed, which each search would read.
create index account_words_idx on account using gin (words) with (fastupdate = off);

-- A list looks up one name a row. This index is as deep with ten accounts as with a million.
create index account_by_id_idx on account using hash (account_id);

-- Invitations that wait: the desk of those who look after people counts them.
create index account_invited_idx on account (created_at) include (ends_at)
  where accepted_at is null and disabled_at is null;
