#!/bin/sh
# A PostgreSQL for the tests alone: no network port, data and socket in one folder under /tmp.
#   folder=$(postgres.sh start)     prints the folder
#   postgres.sh url FOLDER          prints the DATABASE_URL
#   postgres.sh stop FOLDER         ends the server and removes the folder
# PostgreSQL refuses to run as root; then it runs as the account postgres that Debian's package made.
set -eu
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/pg_ctl | sort -V | tail -n 1)")

as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

start() {
    # A short path: the name of a socket may have 107 characters at most.
    folder=$(as_owner mktemp -d /tmp/talent-pg.XXXXXX)
    as_owner "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    # Nothing here outlives the run, so it need not reach the disk.
    options="-c listen_addresses='' -c unix_socket_directories='$folder' -c max_connections=120"
    options="$options -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    if ! as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -o "$options" -w -t 60 start >/dev/null; then
        as_owner cat "$folder/log" >&2 || true
        stop "$folder"
        return 1
    fi
    as_owner "$bin/createdb" -h "$folder" -U postgres talent || { stop "$folder"; return 1; }
    echo "$folder"
}

stop() {
    case "$1" in
        /tmp/talent-pg.??????) ;;
        *) echo "不是测试数据库的文件夹：$1" >&2; return 1 ;;
    esac
    [ ! -f "$1/data/postmaster.pid" ] || as_owner "$bin/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null
    rm -rf "$1"
}

case "${1:-}" in
    start) start ;;
    url) echo "postgres://postgres@$(echo "$2" | sed 's,/,%2F,g')/talent" ;;
    stop) stop "$2" ;;
    *) echo "用法：postgres.sh start | url 文件夹 | stop 文件夹" >&2; exit 2 ;;
esac
