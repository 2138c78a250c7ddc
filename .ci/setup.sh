#!/bin/sh
# Everything a fresh Debian 12 with Python 3.11 needs: `setup.sh demo` or `setup.sh test`.
# A second run finds all of it, changes nothing and takes a second or two.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-demo}

step() {
    printf '\033[1m[准备 %s/4] %s\033[0m\n' "$1" "$2"
}

step 1 "系统组件"
.ci/system.sh "$purpose"
step 2 "公文字体"
.ci/fonts.sh
step 3 "虚拟环境与软件包"
.ci/python.sh
step 4 "开发密钥"
# WhiteNoise warns about a folder of collected files that is not there.
mkdir -p var/static
.venv/bin/python .ci/keys.py var/keys.env
