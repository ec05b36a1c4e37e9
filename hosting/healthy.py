"""Ask the app on this machine whether it is ready: healthy.py [PORT]. Exit status 0 if it is."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

PATIENCE = 5.0


def problem(port: str) -> str | None:
    """What is wrong with the app on a port of the loopback address, or None."""
    base = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    address = f"http://127.0.0.1:{port}{f'/{base}' if base else ''}/_stcore/health"
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE):
            return None
    except urllib.error.HTTPError as error:
        return f"{address} answers with status {error.code}: is the base path right?"
    except OSError as error:
        return f"{address} does not answer ({error}): start the app, or look into its log."


def main(port: str = "8501") -> None:
    """Print the problem, if there is one, and end with status 1."""
    if sentence := problem(port):
        print(sentence, file=sys.stderr)
        raise SystemExit(1)


if __name__ == "__main__":
    main(*sys.argv[1:2])
