"""Pictures by URL: polite to the hosts they come from, and unable to reach inside the network."""

from lookalike.sources.fetch.policy import FetchPolicy

__all__ = ["FetchPolicy"]
