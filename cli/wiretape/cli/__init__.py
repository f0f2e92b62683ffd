"""The command line: the only room that prints.

One file a verb in `verbs`, one file a view in `views`. This module imports nothing, and the
verbs import what is heavy only when they run, so that `wiretape --help` answers at once.
"""
