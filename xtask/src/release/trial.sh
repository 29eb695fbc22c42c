#!/usr/bin/env bash
# Installs, uses and purges the package as an operator does, in a copy of this machine's files that is thrown away.
# Arguments: the package, a folder with a feed, a photo, and the ids of what is worn in it, one of which must be found.
set -euo pipefail

fail() {
  printf 'the package: %s\n' "$*" >&2
  exit 1
}

# Everything below / is seen through an overlay, whose changes are in memory.
enter() {
  store=$(mktemp -d)
  # Its mounts go with the namespace.
  trap 'umount --recursive --lazy "$store" 2>/dev/null; rmdir "$store"' EXIT
  mount -t tmpfs -o size=2g tmpfs "$store"
  mkdir "$store/changes" "$store/work" "$store/root"
  # An overlay of / has none of the other file systems, and the server's user may not see where this runs.
  local trial=$store/changes/srv/trial
  mkdir --parents "$trial"
  cp "$0" "$trial/trial.sh"
  cp "$1" "$trial/package.deb"
  cp --recursive "$2" "$trial/feed"
  cp "$3" "$trial/photo.jpg"
  chmod --recursive a+rX "$store/changes"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$store/changes,workdir=$store/work" "$store/root"
  mount --rbind /dev "$store/root/dev"
  mount -t proc proc "$store/root/proc"
  chroot "$store/root" bash /srv/trial/trial.sh inside "${@:4}"
}

as_server() {
  setpriv --reuid shop-the-look --regid shop-the-look --init-groups env "${settings[@]}" shop-the-look "$@"
}

# The answer to GET PATH, with its head.
get() {
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$1" >&3
  cat <&3
  exec 3>&-
}

inside() {
  local package=/srv/trial/package.deb answer
  local -a worn=("$@")

  DEBIAN_FRONTEND=noninteractive dpkg --install "$package" </dev/null >/dev/null
  [[ -z $(dpkg --verify shop-the-look) ]] || fail "installed files differ from those of the package"
  [[ $(stat --format '%U %G %a' /var/lib/shop-the-look) == 'shop-the-look shop-the-look 750' ]] ||
    fail "/var/lib/shop-the-look is not the server's alone"
  shop-the-look --version >/dev/null
  bash -n /usr/share/bash-completion/completions/shop-the-look
  [[ -s /usr/share/man/man1/shop-the-look-serve.1 ]] || fail "serve has no page in the manual"
  local -a files
  mapfile -t files < <(dpkg --listfiles shop-the-look)

  # What the unit would set.
  mapfile -t settings < <(sed --quiet 's/^Environment=//p' /usr/lib/systemd/system/shop-the-look.service)
  cd /var/lib/shop-the-look
  as_server catalogue import /srv/trial/feed >/dev/null
  answer=$(as_server search /srv/trial/photo.jpg --json)
  local id found=
  for id in "${worn[@]}"; do
    [[ $answer == *"\"$id\""* ]] && found=$id
  done
  [[ $found ]] || fail "none of ${worn[*]} is found by the photo: $answer"

  # With exec: a signal is for the server, not for a shell.
  (exec setpriv --reuid shop-the-look --regid shop-the-look --init-groups env "${settings[@]}" \
    shop-the-look serve --port 0 >/srv/trial/log 2>&1) &
  local server=$! tries
  for tries in {1..600}; do
    port=$(sed --quiet 's/^listening on .*:\([0-9]*\).*/\1/p' /srv/trial/log)
    [[ $port && $(get /readyz) == *' 200 '* ]] && break
    kill -0 "$server" || fail "the server ended: $(cat /srv/trial/log)"
    sleep 0.2
  done
  [[ $(get /readyz) == *ready* ]] || fail "the server is not ready: $(cat /srv/trial/log)"
  [[ $(get /) == *'200 OK'*'<!doctype html>'* ]] || fail "there is no page"
  [[ $(get "/api/v1/products/$found") == *'200 OK'*"$found"* ]] || fail "the server does not know $found"
  kill -TERM "$server"
  wait "$server" || fail "the server did not end well: $(cat /srv/trial/log)"

  dpkg --remove shop-the-look >/dev/null
  [[ -d /var/lib/shop-the-look/catalogue ]] || fail "removing the package removed the catalogue"
  dpkg --purge shop-the-look >/dev/null
  local file
  for file in "${files[@]}" /var/lib/shop-the-look /etc/shop-the-look; do
    [[ $file == *shop-the-look* && -e $file ]] && fail "$file is left"
  done
  printf 'the package was installed, found %s, served, and was purged\n' "$found" >&2
}

if [[ ${1:-} == inside ]]; then
  inside "${@:2}"
else
  enter "$@"
fi
