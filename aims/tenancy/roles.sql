-- The database roles of AIMS and their rights. Safe to run again; PostgreSQL 15 or newer.
--
-- ./run does this by itself. An operator runs it once with psql, as a superuser or as a role with CREATEROLE and
-- CREATEDB (a managed service's administrator):
--
--   psql "$ADMIN_URL" -v ON_ERROR_STOP=1 -v database=aims -v owner=aims_owner -v app=aims_app -v across=aims_across \
--        -v reader=aims_reader \
--        -v owner_password="…" -v app_password="…" -f aims/tenancy/roles.sql
--
-- owner   owns the database and migrates. Row-level security binds it too, because the tables say FORCE.
-- app     runs the product: neither owner nor superuser, no BYPASSRLS, no right to make anything.
-- across  cannot sign in. It owns the few functions that look across organisations and return ids only.
-- reader  cannot sign in. The application becomes it for members who only read: it may SELECT and nothing else, and an
--         auditor whose engagement covers some AI systems sees only what belongs to those.

-- Two set-ups at once would trip over each other's ALTER ROLE. The lock ends with the session.
SELECT pg_advisory_lock(4200142001);

-- psql does not look for its variables inside a DO block, so they go through settings of this session.
SELECT set_config('aims.owner', :'owner', false), set_config('aims.owner_password', :'owner_password', false),
       set_config('aims.app', :'app', false), set_config('aims.app_password', :'app_password', false),
       set_config('aims.across', :'across', false), set_config('aims.reader', :'reader', false);

DO $$
DECLARE
  owner text := current_setting('aims.owner');
  app text := current_setting('aims.app');
  across text := current_setting('aims.across');
  reader text := current_setting('aims.reader');
  is_superuser boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[owner, app, across, reader] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I', name);
    END IF;
  END LOOP;
  -- SECURITY: a superuser takes away what these roles must never have, even when someone granted it by hand.
  -- Other administrators may not mention these attributes at all, and could not have granted them either.
  IF is_superuser THEN
    FOREACH name IN ARRAY ARRAY[owner, app, across, reader] LOOP
      EXECUTE format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS NOREPLICATION', name);
    END LOOP;
  END IF;
  EXECUTE format('ALTER ROLE %I LOGIN NOCREATEROLE CREATEDB PASSWORD %L', owner, current_setting('aims.owner_password'));
  EXECUTE format('ALTER ROLE %I LOGIN NOINHERIT NOCREATEROLE NOCREATEDB PASSWORD %L', app, current_setting('aims.app_password'));
  EXECUTE format('ALTER ROLE %I NOLOGIN NOCREATEROLE NOCREATEDB', across);
  EXECUTE format('ALTER ROLE %I NOLOGIN NOCREATEROLE NOCREATEDB', reader);
  EXECUTE format('GRANT %I TO %I', across, owner);
  -- NOINHERIT above: the application has the reader's rights, and its narrower sight, only after SET ROLE.
  EXECUTE format('GRANT %I TO %I', reader, app);
  -- An administrator who is no superuser must be a member of the owner to make a database for it.
  IF NOT is_superuser THEN
    EXECUTE format('GRANT %I TO CURRENT_USER', owner);
  END IF;
END
$$;

SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' TEMPLATE template0', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec
\connect :"database"

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"app";
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"app", :"across", :"reader";
-- TRUNCATE is left out on purpose: row-level security does not stand in its way.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT ON TABLES TO :"reader";
GRANT SELECT ON ALL TABLES IN SCHEMA public TO :"reader";
