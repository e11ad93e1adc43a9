#!/bin/sh
# postgres.sh [ARGUMENTS OF postgres]: the server as the user postgres, on PGDATA, which is made at the first start by the variables of
# the official image: POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust; POSTGRES_USER, POSTGRES_DB.
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}

as_postgres() {
  setpriv --reuid=postgres --regid=postgres --clear-groups --inh-caps=-all "$@"
}

make_cluster() {
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$method" != trust ]; then
    echo 'postgres: set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust for a server without passwords' >&2
    exit 1
  fi
  mkdir -p "$PGDATA" && chown postgres:postgres "$PGDATA" && chmod 700 "$PGDATA" || exit
  password=/run/postgres.password
  (
    umask 077
    echo "$POSTGRES_PASSWORD" >$password
  )
  chown postgres $password
  as_postgres initdb --username="$user" --encoding=UTF8 --locale=C --auth-local=trust --auth-host="$method" \
    ${POSTGRES_PASSWORD:+--pwfile=$password} || exit
  rm $password
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"
  [ "$database" = postgres ] ||
    echo "CREATE DATABASE \"$database\"" | as_postgres postgres --single -D "$PGDATA" postgres >/dev/null || exit
}

mkdir -p /run/postgresql && chown postgres:postgres /run/postgresql
[ -s "$PGDATA/PG_VERSION" ] || make_cluster
exec setpriv --reuid=postgres --regid=postgres --clear-groups --inh-caps=-all \
  postgres -D "$PGDATA" -c "listen_addresses=*" -c unix_socket_directories=/run/postgresql "$@"
