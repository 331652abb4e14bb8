#!/usr/bin/env bash
# A Docker engine in swarm mode on this machine: Debian's docker.io, started when none runs.
# Prints the process id of a dockerd that it started, and nothing when one ran already.
set -euo pipefail

log=${ENGINE_LOG:-/var/log/clerk-deploy-dockerd.log}

if ! command -v dockerd >/dev/null 2>&1; then
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io iptables >&2
fi
if ! docker info >/dev/null 2>&1; then
  nohup setsid dockerd >"$log" 2>&1 &
  started=$!
  echo "$started"
  for _ in $(seq 300); do
    docker info >/dev/null 2>&1 && break
    kill -0 "$started" 2>/dev/null || break
    sleep 0.2
  done
fi
docker info >/dev/null || {
  printf 'The Docker engine did not start.\n  next: see %s\n' "$log" >&2
  exit 1
}
# Loopback: a swarm of one machine is asked by nobody else.
[ "$(docker info --format '{{.Swarm.LocalNodeState}}')" = active ] ||
  docker swarm init --advertise-addr 127.0.0.1 >/dev/null
