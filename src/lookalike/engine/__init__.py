"""The object with all the verbs: what `lookalike.open` returns, and the server is handed.

`lookalike.engine.engine.Engine` is imported from its module, because it brings in the database.
"""

from lookalike.engine.release_info import ReleaseInfo

__all__ = ["ReleaseInfo"]
