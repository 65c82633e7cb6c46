"""The command `interlude`. A start reads two thousand modules, and the garbage collector, looking
through all of them again and again, would take a fifth of that time; so it begins behind them.
"""

import gc

gc.disable()

from server.commands import main  # noqa: E402 (the imports are what is to be fast)

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
