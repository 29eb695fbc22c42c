#!/usr/bin/env bash
# Uses an image as an operator does: as its user, with a root that may only be read, and nothing to write to but its volume.
# Arguments: the image or, where no container can be started, the folder where its files are mounted; and the folder of the trial:
#   config/   what the image says of itself, a line for each value; `engine` is the program that runs containers, empty for a folder
#   files/    a feed in feed/, and photo.jpg; seen as /mnt
#   worn      ids, one of which must be found first
set -euo pipefail

image=$1 trial=$2
for name in engine user entrypoint command environment folder volume check signal; do
  mapfile -t "$name" <"$trial/config/$name"
done
mapfile -t worn <"$trial/worn"

fail() {
  printf 'the image: %s\n' "$*" >&2
  exit 1
}

# Containers: one for each command, one for the server. A volume gets owner and mode of the image's folder.
prepare_container() {
  server=shop-the-look-trial-$$
  # The check is made here: by itself podman makes it with systemd alone.
  restrictions=(--pull never --no-healthcheck --read-only --cap-drop all --security-opt no-new-privileges --security-opt label=disable --network none)
  # Else podman makes /run and /tmp writable.
  [[ ${engine[0]} == *podman ]] && restrictions+=(--read-only-tmpfs=false)
  restrictions+=(--volume "$server:$volume" --volume "$trial/files:/mnt:ro")
  trap '"${engine[@]}" rm --force "$server" >/dev/null 2>&1; "${engine[@]}" volume rm --force "$server" >/dev/null 2>&1' EXIT
  "${engine[@]}" volume create "$server" >/dev/null
}
run_container() { "${engine[@]}" run --rm "${restrictions[@]}" "$image" "$@"; }
start_container() { "${engine[@]}" run --detach --name "$server" "${restrictions[@]}" "$image" >/dev/null; }
within_container() { "${engine[@]}" exec "$server" "$@"; }
is_running_container() { [[ $("${engine[@]}" inspect --format '{{.State.Running}}' "$server") == true ]]; }
log_container() { "${engine[@]}" logs "$server" 2>&1; }
stop_container() {
  "${engine[@]}" stop --time 30 "$server" >/dev/null
  status=$("${engine[@]}" inspect --format '{{.State.ExitCode}}' "$server")
}
changes_container() { :; }

# The same with namespaces alone.
prepare_folder() {
  ip link set lo up
  mkdir "$trial/volume"
  cp --archive "$image$volume/." "$trial/volume"
  chown --reference "$image$volume" "$trial/volume"
  chmod --reference "$image$volume" "$trial/volume"
  touch "$trial/began"
  mount --bind "$image" "$image"
  mount --options remount,bind,ro "$image"
  mount -t proc proc "$image/proc"
  mount -t tmpfs -o mode=0755,size=1m tmpfs "$image/dev"
  local device
  for device in null zero full random urandom; do
    touch "$image/dev/$device"
    mount --bind "/dev/$device" "$image/dev/$device"
  done
  ln --symbolic /proc/self/fd "$image/dev/fd"
  mount --options remount,ro "$image/dev"
  mount --bind "$trial/files" "$image/mnt"
  mount --options remount,bind,ro "$image/mnt"
  mount --bind "$trial/volume" "$image$volume"
  inside=(chroot "$image" env --ignore-environment --chdir "$folder" "${environment[@]}"
    setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all)
}
run_folder() { "${inside[@]}" "${entrypoint[@]}" "$@"; }
start_folder() {
  # With exec: a signal is for the server, not for a shell.
  (exec "${inside[@]}" "${entrypoint[@]}" "${command[@]}" >"$trial/log" 2>&1) &
  server=$!
}
within_folder() { "${inside[@]}" "$@"; }
is_running_folder() { kill -0 "$server" 2>/dev/null; }
log_folder() { cat "$trial/log"; }
stop_folder() {
  local tries
  kill -s "$signal" "$server"
  for tries in {1..300}; do
    is_running_folder || break
    sleep 0.1
  done
  is_running_folder && fail "the server did not end within 30 s: $(log_folder)"
  status=0
  wait "$server" || status=$?
}
changes_folder() {
  # Of what is mounted find sees the roots.
  find "$image" -xdev -newer "$trial/began" -not \( -path "$image/proc" -o -path "$image/dev" -o -path "$image$volume" \)
}

# The answer to METHOD PATH, with its head; the body is a file of the container.
ask() {
  within bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080
    body=${3:-/dev/null}
    { printf "%s %s HTTP/1.0\r\nHost: 127.0.0.1\r\n" "$1" "$2"
      [[ $3 ]] && printf "Content-Type: image/png\r\nContent-Length: %s\r\n" "$(stat --format %s "$body")"
      printf "\r\n"
      cat "$body"; } >&3
    cat <&3' ask "$1" "$2" "${3:-}"
}

use() {
  prepare
  run catalogue import /mnt/feed >/dev/null
  run segment /mnt/photo.jpg --out "$volume/cutout" >/dev/null
  start
  local tries is_well= is_ready=
  for tries in {1..240}; do
    is_running || fail "the server ended: $(log)"
    [[ $is_well ]] || { within "${check[@]}" >/dev/null 2>&1 && is_well=yes; }
    [[ $is_well && $(ask GET /readyz) == *' 200 '* ]] && is_ready=yes && break
    sleep 0.5
  done
  [[ $is_well ]] || fail "its health check does not pass: $(log)"
  [[ $is_ready ]] || fail "the server is not ready: $(log)"
  [[ $(ask GET /) == *'200 OK'*'<!doctype html>'* ]] || fail "there is no page"

  local answer id found=
  answer=$(ask POST '/api/v1/search?limit=1' "$volume/cutout/photo.png")
  for id in "${worn[@]}"; do
    [[ $answer == *"\"$id\""* ]] && found=$id
  done
  [[ $found ]] || fail "none of ${worn[*]} is found by the photo: $answer"

  # All may write to /tmp, but for a root that may only be read.
  within touch /tmp/written 2>/dev/null && fail "its root can be written"
  within touch "$volume/written" || fail "its volume cannot be written"
  [[ $(within id -u):$(within id -g) == "$user" ]] || fail "its user is $(within id), not $user"

  stop
  [[ $status == 0 ]] || fail "the server did not end well at $signal, but with $status: $(log)"
  [[ -z $(changes) ]] || fail "it wrote outside of its volume: $(changes)"
  printf 'the image was checked, found %s, served, and ended in order\n' "$found" >&2
}

if [[ ${engine[0]:-} ]]; then kind=container; else kind=folder; fi
for step in prepare run start within is_running log stop changes; do
  eval "$step() { ${step}_$kind \"\$@\"; }"
done
if [[ $kind == folder && ${3:-} != inside ]]; then
  exec unshare --mount --pid --net --ipc --uts --fork --kill-child bash "$0" "$1" "$2" inside
fi
use
