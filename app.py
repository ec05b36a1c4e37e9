"""The ASGI app: Streamlit and the live WebSocket route. Start it with ``streamlit run app.py``."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from stnviz.live.access import Access
from stnviz.live.kept_files import KeptFiles
from stnviz.live.limits import limit_connections, raise_file_limit
from stnviz.live.log import limit_log
from stnviz.live.message_limits import limit_message_size
from stnviz.live.routes import live_path, live_routes
from stnviz.live.websocket_check import WebSocketCheck
from stnviz.runs.permission import listen_at
from stnviz.ui.answerer.offer import offer_trouble
from stnviz.ui.answerer.routes import answer_routes
from stnviz.ui.pages import ROUTER
from stnviz.ui.startup import load_in_background
from stnviz.ui.upload_budget import keep_uploads_within_budget

BASE: str = st.get_option("server.baseUrlPath")


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Load what pages and answers need in the background, while the server already runs."""
    limit_log()  # uvicorn has set up its own logging by now
    load_in_background()
    for warning in (listen_at(st.get_option("server.address")), offer_trouble()):
        if warning:
            print(warning, file=sys.stderr, flush=True)
    yield {}


limit_message_size(live_path(BASE))
keep_uploads_within_budget()
limit_connections(raise_file_limit())
app = st.App(
    ROUTER,
    routes=[*live_routes(BASE), *answer_routes(BASE)],
    middleware=[
        Middleware(
            Access,
            origins=st.get_option("server.corsAllowedOrigins"),
            hosts=st.get_option("server.allowedHosts"),
        ),
        Middleware(KeptFiles),
        Middleware(GZipMiddleware, minimum_size=512, compresslevel=6),
        Middleware(WebSocketCheck),
    ],
    lifespan=lifespan,
)
