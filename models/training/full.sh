#!/usr/bin/env bash
# The full recipe of all three networks, from the data packs to weights: within twelve minutes on an accelerator machine, for hours on
# a processor. A killed run continues: finished stages are skipped, and a training goes on after its last finished epoch.
#
#   models/training/full.sh [--out DIR] [--data DIR] [--drawn DIR] [--work DIR] [--minutes N] [--tiny]
#
#   --out      weights/, metrics/ and logs/, at most 60 MB (default: models/training/runs/full)
#   --data     the packs (default: ../shared/data beside the repository)
#   --drawn    folder of drawn looks; without one the networks are trained without drawn looks
#   --work     checkpoints and caches, some GB (default: models/training/cache/full)
#   --minutes  for everything (default: 12 with an accelerator, 300 without)
#   --tiny     rehearses every stage on a few pictures of each pack in about four minutes; its weights are worth nothing
#
# PYTHON names the interpreter (default: python). The shipped files in models/ are the start and stay as they are.
set -euo pipefail

# In a function, so that a change of this file does not reach a run that is in progress.
main() {
  models=$(cd "$(dirname "$0")/.." && pwd)
  out=$models/training/runs/full
  data=$models/../../shared/data
  work=$models/training/cache/full
  drawn='' minutes='' tiny=''
  python=${PYTHON:-python}
  while [ $# -gt 0 ]; do
    case $1 in
      --out) out=$2; shift 2 ;;
      --data) data=$2; shift 2 ;;
      --drawn) drawn=$(realpath "$2"); shift 2 ;;
      --work) work=$2; shift 2 ;;
      --minutes) minutes=$2; shift 2 ;;
      --tiny) tiny=yes; shift ;;
      -h | --help) sed -n '2,16s/^# \{0,1\}//p' "$0"; exit ;;
      *) echo "full.sh: expected --out, --data, --drawn, --work, --minutes or --tiny, got $1" >&2; exit 2 ;;
    esac
  done
  mkdir -p "$out/weights" "$out/metrics" "$out/logs" "$work/done"
  out=$(realpath "$out") data=$(realpath "$data") work=$(realpath "$work")
  begun=$(date +%s)

  profile=cpu
  if "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then profile=gpu; fi
  [ -n "$minutes" ] || { [ $profile = gpu ] && minutes=12 || minutes=300; }
  cores=$(nproc)
  workers=$((cores > 3 ? cores / 2 : 1)) shards=$((cores > 3 ? cores / 4 : 1))
  people=12000 chunk=500 studio=2000 pairs_steps=''
  if [ -n "$tiny" ]; then
    minutes=0.6 workers=0 shards=1 people=6 chunk=6 studio=24
    pairs_steps='--set epochs=1 --set steps_per_epoch=3 --set batch=16'
  fi
  # Shares of the time: a quarter is for reading packs, pooling pictures, exporting and measuring.
  of() { "$python" -c "print(round($minutes * $1, 3))"; }

  for file in street2fashion.onnx fashion-dna.onnx fashion2shop-query.onnx fashion2shop-match.safetensors \
    fashion-dna-categories.safetensors manifest.toml; do
    [ -e "$out/weights/$file" ] || cp "$models/$file" "$out/weights/"
  done
  export TRAINING_MODELS=$out/weights TRAINING_WORK=$work
  cd "$models"

  # stage NAME SECONDS COMMAND…: runs once. A training that is cut off has its last checkpoint, so 124 is no fault.
  stage() {
    local name=$1 limit=$2 from rc=0
    shift 2
    [ -e "$work/done/$name" ] && return
    from=$(date +%s)
    timeout --kill-after=5 "$limit" "$@" >>"$out/logs/$name.log" 2>&1 || rc=$?
    echo "$name: $(($(date +%s) - from)) s, exit $rc" | tee -a "$out/logs/stages.log"
    case $rc in
      0) touch "$work/done/$name" ;;
      124) ;;
      *) tail -5 "$out/logs/$name.log" >&2; echo "full.sh: $name failed" >&2; exit 1 ;;
    esac
  }
  seconds() { "$python" -c "print(int($1 * 60 + $2))"; }
  loading=$([ $profile = gpu ] && echo 60 || echo 600)

  if [ -n "$tiny" ]; then
    stage tiny_packs 120 "$python" -m training.data.tiny_packs --data "$data" --out "$work/packs"
    data=$work/packs
  fi
  common=(--profile $profile --data "$data")
  [ -z "$drawn" ] || common+=(--drawn "$drawn")
  given=("${common[@]}" --run full)
  few=()
  [ -z "$tiny" ] || few=(--set epochs=1 --set batch=4)

  dress() {
    local ids=()
    trap 'kill "${ids[@]}" 2>/dev/null' TERM
    for shard in $(seq 0 $((shards - 1))); do
      OMP_NUM_THREADS=1 "$python" -m training.data.dressed --data "$data" --count $people --chunk $chunk --shard "$shard/$shards" &
      ids+=($!)
    done
    OMP_NUM_THREADS=1 "$python" -m training.data.dressed --data "$data" --split validation --count $((people / 20 + 2)) --chunk $chunk &
    ids+=($!)
    wait
  }
  # People are dressed while the segmenter is trained; what is not there in time is not trained on.
  dress >"$out/logs/dressed.log" 2>&1 &
  dressing=$!

  stage pseudo_labels "$(seconds "$(of 0.08)" $((loading / 2)))" \
    "$python" -m training.train.pseudo_labels --teacher shipped --data "$data" --limit $studio
  shares='ccp = 0.3, street = 0.2, portraits = 0.09, scenes = 0.25, people-portraits = 0.05, pairs = 0.05'
  if [ -n "$drawn" ]; then shares="$shares, looks = 0.02, studio = 0.04"; else shares="$shares, studio = 0.06"; fi
  [ -z "$tiny" ] || few+=(--set samples_per_epoch=8)
  stage street2fashion "$(seconds "$(of 0.25)" $loading)" "$python" -m training.train.street2fashion "${given[@]}" \
    --set "budget_minutes=$(of 0.25)" --set "workers=$workers" --set 'start="shipped"' --set "shares={ $shares }" "${few[@]}"
  stage export_street2fashion 120 "$python" -m training.export street2fashion=full --data "$data"

  [ -z "$tiny" ] || wait $dressing
  mixed=()
  [ -n "$drawn" ] || mixed=(--set 'counts={ made = 128, ccp = 32 }' --set 'weights={ made = 0.7, ccp = 0.21 }')
  kill $dressing 2>/dev/null || true
  # shellcheck disable=SC2086 # several words
  stage pair_heads "$(seconds "$(of 0.15)" $((loading * 2)))" "$python" -m training.train.pair_heads "${given[@]}" \
    --set "budget_minutes=$(of 0.15)" "${mixed[@]}" $pairs_steps
  # shellcheck disable=SC2086 # several words
  stage late_layers "$(seconds "$(of 0.25)" $((loading * 2)))" "$python" -m training.train.late_layers "${common[@]}" --run late \
    --set "budget_minutes=$(of 0.25)" --set 'start_run="full"' "${mixed[@]}" $pairs_steps
  stage export_heads 120 "$python" -m training.export pair-heads=late --data "$data"
  # What is cut off here leaves eight bits. It needs dressed people and drawn looks.
  if [ -z "$tiny" ] && [ -n "$drawn" ]; then
    stage few_bits 300 "$python" -m training.export.few_bits fashion2shop-query --data "$data"
  fi
  stage slices 240 "$python" -m training.measure.segmenter_slices --data "$data" --former "$models/street2fashion.onnx" \
    --out "$out/metrics/slices.json"
  if [ -z "$tiny" ] && [ -n "$drawn" ]; then
    stage categories 300 "$python" -m training.export.categories --data "$data" --drawn "$drawn" --no-ablations
  fi

  for run in "$work"/runs/*/{full,late}; do
    [ -e "$run/metrics.json" ] || continue
    name=$(basename "$(dirname "$run")")-$(basename "$run")
    cp "$run/metrics.json" "$out/metrics/$name.json"
    cp "$run/config.json" "$out/metrics/$name-config.json"
  done
  kilobytes=$(du -sk "$out" | cut -f1)
  echo "full.sh: $(($(date +%s) - begun)) s, $profile, $kilobytes kB in $out" | tee -a "$out/logs/stages.log"
  [ "$kilobytes" -le 60000 ] || { echo "full.sh: expected at most 60,000 kB" >&2; exit 1; }
}

main "$@"
exit
