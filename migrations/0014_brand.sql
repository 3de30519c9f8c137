-- What an organisation looks like. Its pages are finished bytes, made anew whenever `brand` rises.

alter table organisation
  add column logo bytea
    constraint organisation_logo_size check (octet_length(logo) between 1 and 262144),
  add column logo_type text
    constraint organisation_logo_type_known
    check (logo_type in ('image/png', 'image/jpeg', 'image/webp')),
  add column brand integer not null default 1,
  -- Nothing in this database is real, and every page says so.
  add column is_demo boolean not null default false,
  add constraint organisation_logo_whole check ((logo is null) = (logo_type is null));
