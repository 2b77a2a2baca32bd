# Debian's PostgreSQL, started by the variables that the published image knows: POSTGRES_USER, POSTGRES_PASSWORD_FILE, POSTGRES_DB.
FROM lastgood-local/debian
RUN apt-get update -q && mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /var/lib/postgresql/data && chown postgres:postgres /var/lib/postgresql/data && ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ \
 && mkdir -p /var/run/postgresql && chown postgres:postgres /var/run/postgresql
COPY postgres-entrypoint.sh /usr/local/bin/entrypoint.sh
ENV PGDATA=/var/lib/postgresql/data/cluster LANG=C.UTF-8
USER postgres
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/sh", "/usr/local/bin/entrypoint.sh"]
