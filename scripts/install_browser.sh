#!/bin/sh
# See to it that there is a Chromium for the browser tests, and nginx for those of a proxy, which
# are skipped where it cannot be had: install_browser.sh FOLDER_OF_PYTHON
set -eu
bin=$1

if ! command -v nginx >/dev/null 2>&1 && [ ! -x /usr/sbin/nginx ] && [ "$(id -u)" = 0 ] \
    && command -v apt-get >/dev/null 2>&1; then
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    { apt-get update && apt-get install -y --no-install-recommends nginx-light; } || true
fi

# The headless shell is Chromium without windows, and what Playwright starts by itself: a page costs
# a sixth less processor time in it.
for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    for name in chromium-headless-shell chromium; do
        apt-get install -y --no-install-recommends "$name" && exit 0
    done
fi
exec "$bin/playwright" install --only-shell chromium
