"""``lookalike completion SHELL``: the script that makes the shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
      bash:  lookalike completion bash > ~/.local/share/bash-completion/completions/lookalike
      zsh:   lookalike completion zsh > "${fpath[1]}/_lookalike"
      fish:  lookalike completion fish > ~/.config/fish/completions/lookalike.fish
    """
    from lookalike.cli.program import program

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(program, {}, "lookalike", "_LOOKALIKE_COMPLETE").source())
