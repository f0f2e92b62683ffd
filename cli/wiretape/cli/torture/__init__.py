"""`wiretape torture`: a client against every fault in turn.

`trials` is what is tried, `running` does it, `judging` says what came of it.
"""
