#!/bin/bash
# The checks and suites: `checks.sh lint`, `checks.sh fast` (lint and SQLite), `checks.sh all`, `checks.sh postgres`
# (every test on PostgreSQL, where `all` repeats those that depend on the database), `checks.sh ledger` for the long
# run of random acts on money, or `checks.sh matrix` for the rights in both counties.
# Every step runs even when one before it failed; the summary at the end names the ones that did.
set -u
cd "$(dirname "$0")/.." || exit 2
extent=${1:-all}
export PATH="$PWD/.venv/bin:$PATH" PYTHONUTF8=1
failed=0
limit=1800
summary=()

# Keys, databases, uploads and letters of a test run live and die in a folder of its own:
# the demo beside it is not touched, and two runs do not meet.
scratch=$(mktemp -d /tmp/talent-test.XXXXXX)
database=""
clean_up() {
    [ -z "$database" ] || .ci/postgres.sh stop "$database"
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

python .ci/keys.py "$scratch/keys.env" || exit 2
export TALENT_VAR=$scratch FONTCONFIG_FILE="$PWD/var/fontconfig/fonts.conf"
ln -s "$PWD/var/fontconfig" "$scratch/fontconfig"
unset DATABASE_URL MEDIA_ROOT DEMO DEBUG PRODUCTION

step() {
    local name=$1 began=$SECONDS status
    shift
    printf '\n\033[1m== %s\033[0m\n' "$name"
    # A suite that hangs must not hang the machine that waits for it.
    timeout --foreground "$limit" "$@"
    status=$?
    if [ $status = 0 ]; then
        summary+=("$(printf '通过  %4d 秒  %s' $((SECONDS - began)) "$name")")
    else
        summary+=("$(printf '失败  %4d 秒  %s（退出码 %d）' $((SECONDS - began)) "$name" $status)")
        failed=1
    fi
}

if [ "$extent" = matrix ]; then
    step "权限矩阵（SQLite）" env MATRIX=full pytest -n 2 tests/access/test_matrix.py
    printf '%s\n' "${summary[@]}"
    exit $failed
fi
if [ "$extent" = ledger ]; then
    limit=7200
    step "资金随机测试（SQLite）" env LEDGER_RUNS="${LEDGER_RUNS:-2000}" pytest -n 2 tests/core/test_funds_machine.py
    printf '%s\n' "${summary[@]}"
    exit $failed
fi

step "代码检查" ruff check .
step "代码格式" ruff format --check .
step "导入约定" lint-imports --config tests/importlinter.ini --cache-dir "$scratch/imports" --no-logo
step "迁移齐全" env DATABASE_URL=sqlite://:memory: python manage.py makemigrations --check --dry-run

if [ "$extent" = fast ] || [ "$extent" = all ]; then
    step "测试（SQLite）" pytest -n 2 -m "not browser and not postgres"
fi

if [ "$extent" = postgres ] || [ "$extent" = all ]; then
    selected="database or postgres"
    [ "$extent" = all ] || selected="not browser"
    if database=$(.ci/postgres.sh start); then
        step "测试（PostgreSQL）" env DATABASE_URL="$(.ci/postgres.sh url "$database")" pytest -n 2 -m "$selected"
    else
        database=""
        summary+=("失败          测试（PostgreSQL）：数据库未能启动")
        failed=1
    fi
fi

if [ "$extent" = all ]; then
    # Playwright runs a loop of its own beside Django's live server.
    if ls tests/browser/test_*.py >/dev/null 2>&1; then
        step "测试（浏览器）" env DJANGO_ALLOW_ASYNC_UNSAFE=true CHROMIUM="${CHROMIUM:-/usr/bin/chromium}" \
            pytest -n 2 --dist loadgroup -m browser
    else
        summary+=("没有          测试（浏览器）：还没有浏览器测试")
    fi
fi

printf '\n\033[1m== 汇总（共 %d 秒）\033[0m\n' "$SECONDS"
printf '%s\n' "${summary[@]}"
[ $failed = 0 ] && echo "全部通过" || echo "有未通过的项目"
exit $failed
