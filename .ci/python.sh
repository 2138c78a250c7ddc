#!/bin/sh
# The virtual environment .venv with exactly the packages of requirements.txt.
set -eu
cd "$(dirname "$0")/.."
python=$(command -v python3.11 || command -v python3)

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    echo "建立虚拟环境 .venv ……"
    "$python" -m venv --clear .venv
fi
wanted=$(sha256sum requirements.txt)
if [ "$(cat .venv/installed 2>/dev/null)" != "$wanted" ]; then
    echo "安装 Python 软件包……"
    .venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt
    .venv/bin/python -m pip check --disable-pip-version-check
    echo "$wanted" >.venv/installed
fi
