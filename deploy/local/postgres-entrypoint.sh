#!/bin/sh
# The first start makes the cluster and the database; later ones only start the server.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 -D "$PGDATA.new"
  printf "listen_addresses = '*'\n" >> "$PGDATA.new/postgresql.conf"
  printf 'host all all all scram-sha-256\n' >> "$PGDATA.new/pg_hba.conf"
  pg_ctl -D "$PGDATA.new" -o "-c listen_addresses=''" -w start
  createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl -D "$PGDATA.new" -m fast -w stop
  mv "$PGDATA.new" "$PGDATA"
fi
# As with the published image: a command is "postgres" with settings.
[ "${1:-}" != postgres ] || shift
exec postgres -D "$PGDATA" "$@"
