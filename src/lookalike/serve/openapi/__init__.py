"""What OpenAPI says about bodies and answers, with examples, one module a kind of route; routes answer without models.

Plain values all of it: a schema here describes what a route does and is used for nothing else.
"""
