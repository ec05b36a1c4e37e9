"""Uploads, which may hold anything: read by processes that can be killed, held within a budget."""
