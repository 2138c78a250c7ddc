#!/bin/sh
# Programs and libraries of the operating system: `system.sh demo` or `system.sh test`.
# As root the missing ones are installed; otherwise one command is printed and the exit status is 1.
set -eu
purpose=${1:-demo}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=""
need() { missing="$missing $1"; }

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || need python3
python3 -c 'import ensurepip, venv' 2>/dev/null || need python3-venv
# Letters: without harfbuzz-subset every page takes seconds, without Noto rare names are empty boxes.
for package in libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk fonts-noto-cjk-extra; do
    installed "$package" || need "$package"
done
if [ "$purpose" = test ]; then
    [ -x "${CHROMIUM:-/usr/bin/chromium}" ] || need chromium
    ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || need postgresql
fi

# The Fandol faces are taken out of a Debian package, for which the package lists have to be there.
lists=yes
if ! "$(dirname "$0")/fonts.sh" --present && ! apt-cache show texlive-lang-chinese >/dev/null 2>&1; then
    lists=no
fi
[ -n "$missing" ] || [ "$lists" = no ] || exit 0

if [ "$(id -u)" != 0 ]; then
    command="apt-get update"
    [ -z "$missing" ] || command="$command && apt-get install -y --no-install-recommends$missing"
    echo "缺少系统组件，请管理员执行下面这一条命令，然后重新运行 make：" >&2
    echo >&2
    echo "    sudo sh -c '$command'" >&2
    echo >&2
    exit 1
fi

echo "安装系统组件：${missing:- （仅更新软件包列表）}"
export DEBIAN_FRONTEND=noninteractive
apt-get update
# shellcheck disable=SC2086  # a list of words
[ -z "$missing" ] || apt-get install -y --no-install-recommends $missing
