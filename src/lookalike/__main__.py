"""``python -m lookalike`` is the ``lookalike`` command."""

from lookalike.cli import main

if __name__ == "__main__":
    main()
