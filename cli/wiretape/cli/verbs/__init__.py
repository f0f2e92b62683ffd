"""The verbs, one file each: options, checks, and the order of what is done.

A verb's module imports click and nothing heavy; the rooms beneath are imported when it runs.
"""
