# Drives every exit status of `prism launch --wait` as a script would: SERVED, NOBODY, RECIPE, CHAIN.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

expect() { # STATUS COMMAND…
    wanted=$1; shift
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    if [ "$got" != "$wanted" ]; then
        echo "status $got, not $wanted: $*"; cat "$work/out" "$work/err"; exit 1
    fi
    echo "$wanted"
}

expect 0 prism launch "$RECIPE" --wait --require "loss<=0.4" --summary "$SUMMARY"
expect 1 prism launch "$RECIPE" --wait --set runs.sft.steps=20 --require "loss<=0.4"
expect 2 prism launch "$RECIPE" --wait --set runs.sft.stepps=3
expect 2 prism launch "$RECIPE" --wait --require "loss is small"
expect 2 prism launch "$RECIPE" --require "loss<1"
expect 4 prism launch "$RECIPE" --wait --require "sft:loss<=0.1" --summary "$SUMMARY"
expect 4 prism launch "$RECIPE" --wait --require "lossy<=1"
PRISM_URL=$NOBODY expect 5 prism launch "$RECIPE" --wait

prism launch "$CHAIN" --wait >"$work/waiting" &
waiting=$!
until grep -qo 'pip_[0-9a-f]*' "$work/waiting"; do sleep 0.1; done
prism pipelines cancel "$(grep -o 'pip_[0-9a-f]*' "$work/waiting" | head -1)" >/dev/null
expect 3 wait "$waiting"
