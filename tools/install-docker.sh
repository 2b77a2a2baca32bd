#!/usr/bin/env bash
# Installs what tests of the images need, where it is missing: Docker, its compose plugin (Debian has only the first generation, so it is built from its Go
# module) and debootstrap. Starts nothing. On Debian as root, with Go. May be run again at any time.
set -euo pipefail
COMPOSE_VERSION=v2.40.3

# Another installation may be under way beside this one.
apt_install() {
  local install=(apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends "$@")
  DEBIAN_FRONTEND=noninteractive "${install[@]}" || { apt-get -o DPkg::Lock::Timeout=600 update -q && DEBIAN_FRONTEND=noninteractive "${install[@]}"; }
}

# A policy keeps Debian from starting Docker as a service while it is installed.
install_packages() {
  local missing=()
  command -v dockerd >/dev/null 2>&1 || missing+=(docker.io)
  command -v debootstrap >/dev/null 2>&1 || missing+=(debootstrap)
  command -v iptables >/dev/null 2>&1 || missing+=(iptables)
  if [ "${#missing[@]}" = 0 ]; then
    echo 'docker, debootstrap: already there'
    return
  fi
  local policy=/usr/sbin/policy-rc.d own_policy=false status=0
  if [ ! -e "$policy" ]; then
    own_policy=true
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt_install "${missing[@]}" || status=$?
  if "$own_policy"; then rm -f "$policy"; fi
  return "$status"
}

install_compose() {
  if docker compose version >/dev/null 2>&1; then
    echo 'docker compose: already there'
    return
  fi
  echo "docker compose: built from its Go module, $COMPOSE_VERSION (takes some minutes the first time)"
  local module plugins="${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins"
  module=$(mktemp -d)
  mkdir -p "$plugins"
  # A plain "go install" refuses a module that replaces others; as a tool of a throwaway module it is built.
  (
    cd "$module"
    go mod init lastgood.invalid/compose
    go get -tool "github.com/docker/compose/v2/cmd@$COMPOSE_VERSION"
    go build -trimpath -ldflags="-s -w -X github.com/docker/compose/v2/internal.Version=$COMPOSE_VERSION" -o "$plugins/docker-compose" github.com/docker/compose/v2/cmd
  ) >"$module/log" 2>&1 || { tail -n 20 "$module/log" >&2; return 1; }
  rm -rf "$module"
  docker compose version
}

case "${1:-all}" in
  packages) install_packages ;;
  compose) install_compose ;;
  all) install_packages; install_compose ;;
  *) echo 'Usage: tools/install-docker.sh [packages|compose]' >&2; exit 2 ;;
esac
