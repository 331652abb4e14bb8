#!/usr/bin/env bash
# What machines.py and sshd.py need beside the engine: Debian's packages, when they are missing.
set -euo pipefail

packages=()
need() { command -v "$1" >/dev/null 2>&1 || packages+=("$2"); }
need ip iproute2
need docker-registry docker-registry
need htpasswd apache2-utils
need sshd openssh-server
need ssh openssh-client
if [ ${#packages[@]} -gt 0 ]; then
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2
fi
