#!/usr/bin/env bash
# Installs the servers that the integration tests start privately, where they are missing. May be run again at any time.
set -euo pipefail

# The list of packages is renewed only when it is too old.
apt_install() {
  local install=(apt-get install -y --no-install-recommends "$@")
  DEBIAN_FRONTEND=noninteractive "${install[@]}" || { apt-get update && DEBIAN_FRONTEND=noninteractive "${install[@]}"; }
}

# PostgreSQL 15 or newer: its programs only, no server that runs by itself.
install_postgresql() {
  if command -v postgres >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
    echo 'postgresql: already there'
    return
  fi
  if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    echo 'install PostgreSQL 15 or newer (on Debian, as root: apt-get install postgresql), or set LASTGOOD_TEST_POSTGRES_URL, or have Docker answer' >&2
    return 1
  fi
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
  apt_install postgresql
}
install_postgresql

# RabbitMQ: its programs only. A policy keeps Debian from starting it as a service while it is installed.
install_rabbitmq() {
  if [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null 2>&1; then
    echo 'rabbitmq: already there'
    return
  fi
  if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    echo 'install RabbitMQ 3.10 or newer (on Debian, as root: apt-get install rabbitmq-server), or set LASTGOOD_TEST_RABBITMQ_URL, or have Docker answer' >&2
    return 1
  fi
  local policy=/usr/sbin/policy-rc.d own_policy=false status=0
  if [ ! -e "$policy" ]; then
    own_policy=true
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
  fi
  apt_install rabbitmq-server || status=$?
  if "$own_policy"; then rm "$policy"; fi
  return "$status"
}

install_rabbitmq

# Chromium: for the tests of the web page.
install_chromium() {
  if command -v chromium >/dev/null 2>&1; then
    echo 'chromium: already there'
    return
  fi
  if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    echo 'install Chromium (on Debian, as root: apt-get install chromium), or set LASTGOOD_TEST_CHROMIUM to its path' >&2
    return 1
  fi
  apt_install chromium
}
install_chromium

have() {
  command -v "$1" >/dev/null 2>&1 || [ -x "$bin/$1" ]
}

install() {
  local program=$1 package=$2 container
  if have "$program"; then
    echo "$program: already there"
    return
  fi
  # What was compiled for an image need not be compiled again.
  if docker image inspect "lastgood-local/$program" >/dev/null 2>&1; then
    container=$(docker create "lastgood-local/$program")
    docker cp "$container:/usr/local/bin/$program" - | tar -x -C "$bin"
    docker rm "$container" >/dev/null
    echo "$program: taken from its image"
    return
  fi
  echo "$program: go install $package (takes some minutes the first time)"
  GOBIN="$bin" go install "$package"
  "$bin/$program" --version | head -n 1
}

if ! command -v go >/dev/null 2>&1; then
  for program in minio versitygw; do
    command -v "$program" >/dev/null 2>&1 && continue
    echo "go is needed to install $program: see https://go.dev/dl/ (or set LASTGOOD_TEST_S3_ENDPOINT, or have Docker answer)" >&2
    exit 1
  done
  echo 'minio, versitygw: already there'
  exit 0
fi

bin=$(go env GOBIN)
[ -n "$bin" ] || bin="$(go env GOPATH)/bin"
mkdir -p "$bin"
install minio github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
install versitygw github.com/versity/versitygw/cmd/versitygw@v1.8.0
