"""Untrusted uploads, which may hold anything: worker processes that can be killed read them."""
