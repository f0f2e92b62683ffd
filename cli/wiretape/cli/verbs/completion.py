"""`wiretape completion`: the script that teaches a shell to complete."""

import click

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell.

    bash, in ~/.bashrc:  eval "$(wiretape completion bash)"

    zsh, in ~/.zshrc:    eval "$(wiretape completion zsh)"

    fish:                wiretape completion fish > ~/.config/fish/completions/wiretape.fish
    """
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None, "click brings these three"
    root = ctx.find_root().command
    click.echo(script(root, {}, "wiretape", "_WIRETAPE_COMPLETE").source())
