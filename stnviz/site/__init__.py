"""The app's pages as static files, which need no server: each computes its answers itself."""
