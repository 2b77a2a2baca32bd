#!/usr/bin/env bash
# Makes the secrets that docker-compose.yml mounts, in deploy/secrets (not in git). What is there is kept.
set -euo pipefail
umask 077
folder="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/secrets"
mkdir -p "$folder"
random() { head -c 48 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' | head -c 40; }
# Containers read these under users of their own, hence 0644; the folder lets nobody else in.
put() {
  [ -s "$folder/$1" ] && return
  printf '%s' "$2" >"$folder/$1"
  chmod 0644 "$folder/$1"
  echo "made deploy/secrets/$1"
}
put admin-token "$(random)"
put internal-token "$(random)"
put sample-token "$(random)"
put s3-access-key "$(random)"
put s3-secret-key "$(random)"
put postgres-password "$(random)"
put database-url "postgresql://lastgood:$(cat "$folder/postgres-password")@postgres:5432/lastgood"
if [ ! -s "$folder/broker-url" ] || [ ! -s "$folder/rabbitmq.conf" ]; then
  rm -f "$folder/broker-url" "$folder/rabbitmq.conf"
  password=$(random)
  put rabbitmq.conf "$(printf 'default_user = lastgood\ndefault_pass = %s\nlisteners.tcp.default = 5672\n' "$password")"
  put broker-url "amqp://lastgood:$password@rabbitmq:5672"
fi
