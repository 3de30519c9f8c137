# What tests/run and tests/long share. Sourced, from the project's root.

step() { printf '\n== %s\n' "$*"; }

# Installs the programs that are missing, or says which they are.
install_missing() {
  local missing=()
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
  command -v chromium >/dev/null || missing+=(chromium)
  command -v chromedriver >/dev/null || missing+=(chromium-driver)
  command -v java >/dev/null || missing+=(default-jre-headless)
  command -v pdftotext >/dev/null || missing+=(poppler-utils)
  command -v curl >/dev/null || missing+=(curl)
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
  command -v node >/dev/null || missing+=(nodejs npm)
  fc-list 2>/dev/null | grep -qi inter || missing+=(fontconfig fonts-inter)
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      echo "Install these first (names of Debian's packages): ${missing[*]}" >&2
      exit 1
    fi
    apt-get -qq update
    # Postgres comes as programs only: the portal runs its own cluster.
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
  fi
  tests/support/aiosmtpd >/dev/null
  tests/support/moto >/dev/null
  for folder in tests/judges tests/support/provider; do
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --silent)
  done
}

# Starts the portal on a database of its own, synced with $1 if given; sets $base.
start_portal() {
  prepare_portal
  if [ $# -gt 0 ]; then
    PORTAL_DATA_DIR="$portal_work/data" target/debug/portal content sync "$1" >/dev/null
  fi
  run_portal serve
}

# Starts a demo; sets $base, and what it said is in $portal_work/ready.
start_demo() {
  prepare_portal
  run_portal demo
}

prepare_portal() {
  portal_work=$(mktemp -d)
  chmod 755 "$portal_work"
  trap stop_portal EXIT
}

run_portal() {
  PORTAL_DATA_DIR="$portal_work/data" PORTAL_LISTEN=127.0.0.1:0 TMPDIR="$portal_work" \
    target/debug/portal "$1" >"$portal_work/ready" 2>"$portal_work/log" &
  portal_pid=$!
  for _ in $(seq 600); do
    grep -q 'is ready at' "$portal_work/ready" && break
    kill -0 "$portal_pid" 2>/dev/null || { cat "$portal_work/log" >&2; exit 1; }
    sleep 0.1
  done
  base=$(grep 'is ready at' "$portal_work/ready" | grep -o 'http://[0-9.:]*' | head -n 1)
}

# Signs in to the demo with the address $1; sets $cookie.
sign_in() {
  local password
  password=$(awk -v who="$1" '$1 == who { print $2; exit }' "$portal_work/ready")
  curl -sf -o "$portal_work/entered" -c "$portal_work/cookies" -H 'sec-fetch-site: same-origin' \
    --data-urlencode "email=$1" --data-urlencode "password=$password" "$base/sign-in"
  cookie=$(awk '$6 == "session" { print "session=" $7 }' "$portal_work/cookies")
  [ -n "$cookie" ] || { echo "nobody could sign in as $1" >&2; exit 1; }
}

stop_portal() {
  trap - EXIT
  kill "$portal_pid" 2>/dev/null && wait "$portal_pid" 2>/dev/null || true
  rm -rf "$portal_work"
}

# Every kind of public page, before the judges.
judge() {
  local pages=(/ /tracks/operations /docs/challenges/cloud/automation.md /levels/sre '/search?q=cgroup')
  local others=(/tracks/systems /tracks/security '/docs/challenges/systems/challenge.md?level=3' /teams /docs
    /docs/teams.md /docs/levels/systems.md /docs/levels.pdf /levels /levels/systems '/levels/systems?level=6'
    /search '/search?q=zebra' /style)
  others=("${others[@]/#\/teams/404:\/teams}")
  if [ "$*" = --lighthouse ]; then
    node tests/judges/crawl.mjs "$base"
    node tests/judges/judge.mjs "$base" "${pages[@]}" "${others[@]}"
    set -- --only lighthouse --lighthouse
  fi
  node tests/judges/judge.mjs "$base" "$@" "${pages[@]}"
}

# Every kind of page of those who have signed in, and the ways in, before the judges. Needs a demo.
judge_private() {
  local person recipe
  node tests/judges/judge.mjs "$base" "$@" --unindexed /sign-in /sign-in/link /privacy \
    "$(grep -o '/invitation/[^ ]*' "$portal_work/ready")" 410:/reset/nothing
  sign_in maya@example.org
  person=$(curl -sf -b "$cookie" "$base/people?q=derek" | grep -o '/people/[0-9a-f-]\{36\}' | head -n 1)
  recipe=$(curl -sf -b "$cookie" "$base/settings/recipes" | grep -o '/settings/recipes/[0-9a-f-]\{36\}' | head -n 1)
  node tests/judges/judge.mjs "$base" "$@" --cookie "$cookie" /desk /people '/people?q=nobody' \
    /people/invite /people/invite/many "$person" /settings /settings/calendar /settings/recipes "$recipe" \
    /settings/letters /settings/letters/invitation \
    /outbox '/outbox?show=given-up' /audit '/audit?what=mail' /account /account/security /account/security/totp \
    /account/confirm /account/sessions /account/tokens
  sign_in tomas@example.org
  local application run give interviewer
  application=$(curl -sf -b "$cookie" "$base/candidates?q=zoe" | grep -o '/applications/[0-9a-f-]\{36\}' | head -n 1)
  run=$(curl -sf -b "$cookie" "$base$application" | grep -o "$application/assignments/[0-9a-f-]\{36\}" | head -n 1)
  give=$(curl -sf -b "$cookie" "$base/candidates?q=robin" | grep -o '/applications/[0-9a-f-]\{36\}' | head -n 1)
  give=$(curl -sf -b "$cookie" "$base$give" | grep -o '/applications/[0-9a-f-]*/give?stage=[0-9a-f-]\{36\}' | head -n 1)
  node tests/judges/judge.mjs "$base" "$@" --cookie "$cookie" /desk /pipeline '/pipeline?track=operations' /reports \
    /candidates '/candidates?q=nobody' \
    /candidates/add /candidates/add/many "$application" "$application/give" "$application/hand-over" "$run" \
    "$give" "$run/panel" "$application/conflicts" /interviewers
  sign_in priya@example.org
  # Two more of their panels: one votes, and one has voted.
  local reviews debrief
  mapfile -t reviews < <(curl -sf -b "$cookie" "$base/desk" | grep -o '/reviews/[0-9a-f-]\{36\}' | sort -u)
  node tests/judges/judge.mjs "$base" "$@" --cookie "$cookie" /desk "${reviews[@]}" /reviews/availability \
    /reviews/calendar
  sign_in jonas@example.org
  local review work
  for review in "${reviews[@]}"; do
    work=$(curl -sf -b "$cookie" "$base$review" | grep -o '/assignments/[0-9a-f-]*/work' | head -n 1 || true)
    [ -z "$work" ] || break
  done
  node tests/judges/judge.mjs "$base" "$@" --cookie "$cookie" "${reviews[@]}" "$work" \
    "$work?file=internal/table/table.go" "$work?find=table"
  sign_in sean@example.org
  interviewer=$(curl -sf -b "$cookie" "$base/interviewers" | grep -o '/interviewers/[0-9a-f-]\{36\}' | head -n 1)
  debrief=$(curl -sf -b "$cookie" "$base/desk" | grep -o '/debriefs/[0-9a-f-]\{36\}' | head -n 1)
  node tests/judges/judge.mjs "$base" "$@" --cookie "$cookie" "$interviewer" "$run" "$debrief" \
    "$debrief/decision" "/assignments/${debrief##*/}/work"
  sign_in zoe@example.org
  node tests/judges/judge.mjs "$base" "$@" --cookie "$cookie" /my /my/data "/my/assignments/${run##*/}" \
    "/my/assignments/${run##*/}/hand-in" "/my/assignments/${run##*/}/hand-in/look"
  sign_in maryam@example.org
  node tests/judges/judge.mjs "$base" "$@" --cookie "$cookie" /my
}

pdf_matches_its_source() {
  local fresh
  fresh=$(mktemp --suffix=.pdf)
  tests/levels-pdf "$fresh" >/dev/null
  if ! diff <(pdftotext -layout content/levels.pdf -) <(pdftotext -layout "$fresh" -); then
    echo "content/levels.pdf is not what content/levels/systems.md says: run tests/levels-pdf" >&2
    exit 1
  fi
  rm "$fresh"
}
