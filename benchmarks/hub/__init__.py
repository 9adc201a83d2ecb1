"""A class on one server: a real JupyterHub, and learners who log in over HTTP and run a notebook.

Run by ``python course.py benchmark hub``; `docs/hub/README.md` says what came out.
"""
