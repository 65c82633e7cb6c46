"""Keeps frames: encoded packets to files that survive, and from them what people watch.

Capture (`take.py`) runs in the server process and never decodes. All decoding, encoding and
listening runs in a process of its own (`python -m recorder`), because a file may be hostile.
No network, and no knowledge of the product beyond a take's id.
"""
