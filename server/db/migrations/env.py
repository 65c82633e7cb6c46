"""What Alembic runs for its own commands; the server itself goes through `upgrade.py`."""

from alembic import context

from server.db.migrations.upgrade import OPTIONS

context.configure(connection=context.config.attributes["connection"], **OPTIONS)
with context.begin_transaction():
    context.run_migrations()
