"""House rules as tests: what docs/decisions and the glossary say, checked on every file."""
