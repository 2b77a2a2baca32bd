#!/usr/bin/env bash
# Installs the S3 servers that the integration tests start privately, where they are missing. May be run again at any time.
set -euo pipefail

have() {
  command -v "$1" >/dev/null 2>&1 || [ -x "$bin/$1" ]
}

install() {
  local program=$1 package=$2
  if have "$program"; then
    echo "$program: already there"
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
