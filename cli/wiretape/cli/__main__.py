"""`python -m wiretape.cli` is the `wiretape` command."""

from wiretape.cli.main import main

main()
