"""The main job on an embedded default: a small provider, recorded, replayed, compared.

Everything runs as a user would run it: the provider, `wiretape record` and `wiretape replay`
are processes of their own, and the demo is their client.
"""
