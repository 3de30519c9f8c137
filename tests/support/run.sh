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
  (cd tests/judges && npm ci --ignore-scripts --no-audit --no-fund --silent)
}

# Starts the portal on a database of its own, synced with $1 if given; sets $base.
start_portal() {
  portal_work=$(mktemp -d)
  chmod 755 "$portal_work"
  trap stop_portal EXIT
  if [ $# -gt 0 ]; then
    PORTAL_DATA_DIR="$portal_work/data" target/debug/portal content sync "$1" >/dev/null
  fi
  PORTAL_DATA_DIR="$portal_work/data" PORTAL_LISTEN=127.0.0.1:0 \
    target/debug/portal >"$portal_work/ready" 2>"$portal_work/log" &
  portal_pid=$!
  for _ in $(seq 600); do
    grep -q ready "$portal_work/ready" && break
    kill -0 "$portal_pid" 2>/dev/null || { cat "$portal_work/log" >&2; exit 1; }
    sleep 0.1
  done
  base=$(grep -o 'http://.*' "$portal_work/ready")
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
