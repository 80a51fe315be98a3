#!/bin/bash
# Real servers in containers, with clients of the host: redis, PostgreSQL and lighttpd of Debian's, with volumes, health checks, restarts
# and logs. It runs in a network namespace of its own and prints a line for each thing that works; the first that does not ends it.
#   scripts/servers.sh HAKO-COMMAND DIR      (unshare -n; an image servers:1)
set -euo pipefail
read -ra hako <<<"$1"
dir=$2
ip link set lo up
mkdir -p "$dir/site"
echo "a page" >"$dir/site/index.html"
printf 'server.port = 8080\nserver.bind = "127.0.0.1"\nserver.document-root = "/site"\nindex-file.names = ("index.html")\n' >"$dir/site.conf"

until_so() { # until_so WHAT WORDS...: the last line of a command is WHAT, within 20 s
  local what=$1 seen=
  shift
  for _ in $(seq 200); do
    seen=$("$@" 2>/dev/null | tail -1) || true
    [ "$seen" = "$what" ] && return 0
    sleep 0.1
  done
  echo "failed: $* says \"$seen\" and not \"$what\"" >&2
  exit 1
}
health() { "${hako[@]}" inspect -f '{{.State.Health.Status}}' "$1"; }
sql() { psql -h 127.0.0.1 -U postgres -qAtc "$1"; }

"${hako[@]}" run -d --name cache --network host --restart always -v cache:/var/lib/redis \
  --health-cmd 'redis-cli ping' --health-interval 200ms \
  servers:1 redis-server --dir /var/lib/redis --appendonly yes --bind 127.0.0.1 >/dev/null
"${hako[@]}" run -d --name db --network host -v db:/pg -e PGDATA=/pg/db \
  --health-cmd 'pg_isready -h 127.0.0.1' --health-interval 200ms --health-start-period 60s servers:1 sh -c '
    PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin)
    as() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
    install -d -o postgres -m 700 /pg/db /run/postgresql
    [ -e /pg/db/PG_VERSION ] || as initdb -A trust >/dev/null
    exec setpriv --reuid postgres --regid postgres --init-groups postgres -c listen_addresses=127.0.0.1' >/dev/null
"${hako[@]}" run -d --name web --network host -v "$dir/site:/site:ro" -v "$dir/site.conf:/site.conf:ro" servers:1 \
  lighttpd -D -f /site.conf >/dev/null

until_so healthy health cache
until_so healthy health db
echo "healthy"
until_so "a page" curl -sf http://127.0.0.1:8080/
echo "a page is served"
redis-cli -h 127.0.0.1 set key value >/dev/null
until_so value redis-cli -h 127.0.0.1 get key
sql 'create table t (a int); insert into t select generate_series(1, 1000)'
until_so 500500 sql 'select sum(a) from t'
echo "clients write and read"
kill -9 "$("${hako[@]}" inspect -f '{{.State.Pid}}' cache)"
until_so value redis-cli -h 127.0.0.1 get key
until_so 1 "${hako[@]}" inspect -f '{{.RestartCount}}' cache
echo "killed, it is started again, with its data"
"${hako[@]}" restart db >/dev/null
until_so 500500 sql 'select sum(a) from t'
"${hako[@]}" logs db 2>&1 | grep -q 'ready to accept connections'
echo "restarted, with its data and its log"
"${hako[@]}" rm -f cache db web >/dev/null
until_so appendonlydir "${hako[@]}" run --rm -v cache:/x servers:1 ls /x
"${hako[@]}" volume rm cache db >/dev/null
echo "volumes outlive containers"
