"""``lookalike completion SHELL``: the script that makes the shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from lookalike.cli.output import emit, json_option

__all__ = ["completion"]


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@json_option
def completion(shell: str, as_json: bool) -> None:
    """Print the completion script of SHELL.

    \b
      bash:  lookalike completion bash > ~/.local/share/bash-completion/completions/lookalike
      zsh:   lookalike completion zsh > "${fpath[1]}/_lookalike"
      fish:  lookalike completion fish > ~/.config/fish/completions/lookalike.fish
    """
    from lookalike.cli.program import program

    found = get_completion_class(shell)
    assert found is not None
    script = found(program, {}, "lookalike", "_LOOKALIKE_COMPLETE").source()
    if as_json:
        emit({"shell": shell, "script": script})
        return
    click.echo(script)
