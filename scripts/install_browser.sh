#!/bin/sh
# See to it that there is a Chromium for the browser tests: install_browser.sh FOLDER_OF_PYTHON
set -eu
bin=$1

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update && apt-get install -y --no-install-recommends chromium && exit 0
fi
exec "$bin/playwright" install chromium
