#!/usr/bin/env bash
# Makes every image of docker-compose.yml on this machine where no registry of images answers: base images from Debian's packages, Node from npm's,
# MinIO from its Go module, then the services. Needs root, Docker, debootstrap, npm and Go. May be run again: base images that are there are kept, servers as long as
# what they are made from is unchanged; services are built anew from Docker's cache.
# With "bases" it stops before the services.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export DOCKER_BUILDKIT=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { echo "=== $* ($SECONDS s after the start)"; }
build() { docker build -q "$@" 2> >(grep -v -e DEPRECATED -e 'BuildKit is currently' -e 'environment-variable' -e '^$' >&2) >/dev/null; }
there() { docker image inspect "$1" >/dev/null 2>&1; }
# One word for what an image is made from: its Dockerfile and the files that it copies.
recipe() { cat "$@" | sha256sum | cut -d ' ' -f 1; }
made_from() { [ "$(docker image inspect --format '{{ index .Config.Labels "lastgood.recipe" }}' "$1" 2>/dev/null)" = "$2" ]; }

debian() {
  there lastgood-local/debian && return
  say 'Debian base by debootstrap'
  mirror=$(awk '/^(URIs:|deb http)/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true)
  debootstrap --variant=minbase --include=ca-certificates,libatomic1,libstdc++6 bookworm "$work/debian" ${mirror:+"$mirror"} >"$work/debootstrap.log" || { tail -n 20 "$work/debootstrap.log"; exit 1; }
  cp /etc/ssl/certs/ca-certificates.crt "$work/debian/etc/ssl/certs/ca-certificates.crt"
  tar -C "$work/debian" -c . | docker import - lastgood-local/debian >/dev/null
}

# What a service needs below Node: the C and C++ run-time, certificates and a user. As small as a distroless image.
runtime() {
  there lastgood-local/runtime && return
  say 'base image of the services'
  build -t lastgood-local/runtime - <<'DOCKERFILE'
FROM lastgood-local/debian AS debian
RUN mkdir -p /root-of-image/etc /root-of-image/tmp && chmod 1777 /root-of-image/tmp \
 && for package in libc6 libgcc-s1 libstdc++6; do dpkg -L "$package" | grep -E '\.so' | while read -r file; do [ -d "$file" ] || cp --parents -P "$file" /root-of-image/; done; done \
 && cp --parents -LP /etc/ssl/certs/ca-certificates.crt /etc/nsswitch.conf /root-of-image/ 2>/dev/null; \
 cp -P /lib64 /root-of-image/ 2>/dev/null; echo 'lastgood:x:65532:65532::/nonexistent:/usr/sbin/nologin' > /root-of-image/etc/passwd; echo 'lastgood:x:65532:' > /root-of-image/etc/group
FROM scratch
COPY --from=debian /root-of-image /
DOCKERFILE
}

node_image() {
  there lastgood-local/node && return
  say 'Node and npm from npm packages'
  mkdir "$work/node"
  echo '{ "private": true, "allowScripts": { "node": true } }' >"$work/node/package.json"
  npm install --prefix "$work/node" --no-save --no-package-lock --loglevel=error "node@$(node -p "require('./package.json').devDependencies.node")" npm@11 >/dev/null
  printf 'FROM lastgood-local/debian\nCOPY node_modules /usr/local/lib/node_modules\nRUN ln -s ../lib/node_modules/node/bin/node /usr/local/bin/node && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx\nENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt\n' >"$work/node/Dockerfile"
  build -t lastgood-local/node "$work/node"
}

# An image of Debian's packages: its name, then the files of deploy/local that make it, the Dockerfile first.
server() {
  local image=lastgood-local/$1 recipe
  shift
  recipe=$(cd deploy/local && recipe "$@")
  made_from "$image" "$recipe" && return
  say "$image"
  build -t "$image" --label "lastgood.recipe=$recipe" -f "deploy/local/$1" deploy/local
}

servers() {
  server rabbitmq rabbitmq.Dockerfile
  server postgres postgres.Dockerfile postgres-entrypoint.sh
}

# This machine's Go, with which deploy/minio/Dockerfile compiles.
go_image() {
  there lastgood-local/go && return
  mkdir "$work/go"
  cp -RL "$(go env GOROOT)" "$work/go/go"
  printf 'FROM lastgood-local/debian\nCOPY go /usr/local/go\nENV PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin GOPROXY="%s" GOFLAGS="%s" GOSUMDB="%s"\n' "$(go env GOPROXY)" "$(go env GOFLAGS)" "$(go env GOSUMDB)" >"$work/go/Dockerfile"
  build -t lastgood-local/go "$work/go"
}

minio() {
  local recipe
  recipe=$(recipe deploy/minio/Dockerfile)
  made_from lastgood-local/minio "$recipe" && return
  say 'MinIO, compiled (takes some minutes the first time)'
  go_image
  build -t lastgood-local/minio --label "lastgood.recipe=$recipe" --build-arg GO_IMAGE=lastgood-local/go --build-arg BASE_IMAGE=lastgood-local/debian deploy/minio
}

services() {
  for service in gateway fetcher writer search upstream-simulator cli; do
    say "lastgood/$service"
    build -f deploy/Dockerfile -t "lastgood/$service" --build-arg "SERVICE=$service" --build-arg BUILD_IMAGE=lastgood-local/node --build-arg BASE_IMAGE=lastgood-local/runtime \
      --build-arg "NPM_CONFIG_REGISTRY=$(npm config get registry)" --build-arg "REVISION=$(git describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)" .
  done
}

bases() {
  debian
  runtime
  node_image
  servers
  minio
}

case "${1:-all}" in
  bases) bases ;;
  all) bases; services; docker images --filter 'reference=lastgood*/*' --format '{{.Repository}} {{.Size}}' ;;
  *) echo 'Usage: deploy/local/build-images.sh [bases]' >&2; exit 2 ;;
esac
