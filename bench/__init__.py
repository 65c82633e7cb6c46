"""Measurements: each module is a command that prints a table and writes JSON.

python3 dev.py bench NAME
"""
