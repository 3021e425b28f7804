#!/bin/sh
# Installs the agent of this server as a service.
#   install.sh <server url> <token> [sha256//<pin of the server's public key>]
# The pin is needed when the server's certificate is not known to this machine.
set -eu

fail() { echo "install: $*" >&2; exit 1; }

[ $# -ge 2 ] || fail "usage: install.sh <server url> <token> [sha256//<pin>]"
server=${1%/}
token=$2
pin=${3:-}
case $server in https://*) ;; *) fail "the server's address has to begin with https://" ;; esac
case $token in *[!A-Za-z0-9@\$=]*) fail "this is no token: $token" ;; esac
[ "$(uname -s)" = Linux ] || fail "this script is for Linux"
[ "$(id -u)" = 0 ] || fail "run this as root, for example with sudo"
case $(uname -m) in
  x86_64) arch=6 ;;
  aarch64) arch=32 ;;
  *) fail "there is no agent for $(uname -m)" ;;
esac

if command -v curl >/dev/null 2>&1; then
  fetch() { curl --fail --silent --show-error --proto =https ${pin:+--insecure --pinnedpubkey "$pin"} --output "$2" "$1"; }
elif command -v wget >/dev/null 2>&1; then
  # busybox has a wget that can't check a key.
  [ -z "$pin" ] || wget --help 2>&1 | grep -q pinnedpubkey ||
    fail "this wget can't check the server's key; install curl or GNU wget first"
  # A pinned key is checked where the issuer is not (wget's gnutls.c and openssl.c).
  fetch() { wget -nv ${pin:+--no-check-certificate --pinnedpubkey="$pin"} --output-document="$2" "$1"; }
else
  fail "curl or wget is needed, install one first; on Debian and Ubuntu: apt-get install curl"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
# In a query '@', '$' and '=' are written as they are by agents, but not every tool passes them on.
escaped=$(printf %s "$token" | sed -e 's/@/%40/g' -e 's/\$/%24/g' -e 's/=/%3D/g')
fetch "$server/meshagents?id=$arch&agent=trellis" "$folder/trellis-agent"
fetch "$server/meshsettings?id=$escaped" "$folder/trellis-agent.msh"
chmod 700 "$folder/trellis-agent"
"$folder/trellis-agent" install --msh "$folder/trellis-agent.msh"
