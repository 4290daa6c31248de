"""The ``lookalike`` program: which command lives where, and what a failure looks like."""

from __future__ import annotations

import errno
import importlib
import io
import logging
import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from lookalike.errors import LookalikeError, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["COMMANDS", "main", "program"]

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module, one line for --help, so that listing the commands imports none of them)
    "index": ("lookalike.cli.index", "Make a catalogue searchable: a folder, CSV, TSV, JSONL, Parquet or XML."),
    "search": ("lookalike.cli.search", "Find products by photograph, crop, words, or another product."),
    "suggest": ("lookalike.cli.suggest", "Complete a question in words that is being typed."),
    "describe": ("lookalike.cli.describe", "Suggest titles and attributes for a picture."),
    "explain": ("lookalike.cli.explain", "Say why a product is alike to a photograph, and where."),
    "serve": ("lookalike.cli.serve", "Serve the REST API and the web page."),
    "evaluate": ("lookalike.cli.evaluate", "Measure how often the right product comes first."),
    "compare": ("lookalike.cli.compare", "Compare two releases on the same queries."),
    "golden": ("lookalike.cli.golden", "Make, list and show golden sets (queries with known answers)."),
    "robustness": ("lookalike.cli.robustness", "Measure what corrupted photographs cost."),
    "calibrate": ("lookalike.cli.calibrate", "Let searches say: same item, similar, or not in this catalogue."),
    "rerank": ("lookalike.cli.rerank", "Measure what re-ranking gains, and use what helps."),
    "rules": ("lookalike.cli.rules", "Pin, bury and boost products; see what that costs."),
    "trial": ("lookalike.cli.trial", "Try a change of the search on real traffic."),
    "train": ("lookalike.cli.train", "Make a model that fits a catalogue (needs the extra train)."),
    "ensemble": ("lookalike.cli.ensemble", "Put two models side by side as one (needs the extra train)."),
    "tune": ("lookalike.cli.tune", "Search for settings of training (needs the extra train)."),
    "attack": ("lookalike.cli.attack", "Measure how little it takes to fool the model (needs the extra train)."),
    "events": ("lookalike.cli.events", "Keep what shoppers view, like, put in the cart and buy."),
    "people": ("lookalike.cli.people", "Show, export, erase or switch off what is kept of a shopper."),
    "recommend": ("lookalike.cli.recommend", "Find products for a shopper, without a question."),
    "replay": ("lookalike.cli.replay", "Measure what personal results would have found, by a log of behaviour."),
    "demand": ("lookalike.cli.demand", "Say what shoppers photographed that is not in the catalogue."),
    "bench": ("lookalike.cli.bench", "Measure what the live index misses, and how fast it is."),
    "doctor": ("lookalike.cli.doctor", "Check the pictures below a path, or those of a store."),
    "quantise": ("lookalike.cli.quantise", "Make a model smaller and faster: integers of eight bits."),
    "prune": ("lookalike.cli.shrink", "Take out the channels that a model misses least (needs the extra train)."),
    "distil": ("lookalike.cli.shrink", "Teach a student of half the size (needs the extra train)."),
    "export": ("lookalike.cli.export", "Write a model for a phone, a browser, or other programs."),
    "models": ("lookalike.cli.models", "List the models that can be used."),
    "releases": ("lookalike.cli.releases", "List, build and drop releases (a model and its vectors)."),
    "promote": ("lookalike.cli.releases", "Make a release the live one, unless it measures worse."),
    "rollback": ("lookalike.cli.releases", "Return to the release that was live before."),
    "demo": ("lookalike.cli.demo", "Draw a catalogue, index it, search it, serve it."),
    "completion": ("lookalike.cli.completion", "Print the shell's completion script."),
}


class _PastClick(Exception):
    """Carries past click what it would take for the end of a dialogue, and `main` tells apart."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


class _LazyGroup(click.Group):
    """A group whose commands are imported when called."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, EOFError, BrokenPipeError) as error:
            raise _PastClick(error) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete)]
        # Not the group's own, which would import every command that begins so, at each press of the key.
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1) if args else []
            if near:
                raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from error
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Every command takes --json and --help. Settings also come from LOOKALIKE_… variables and lookalike.toml.",
)
@click.version_option(package_name="lookalike", message="%(prog)s %(version)s")
@click.option("-v", "--verbose", count=True, help="Log what happens to stderr; twice for everything.")
def program(verbose: int) -> None:
    """Visual search over a product catalogue.

    \b
      lookalike index catalog.csv     make a catalogue searchable
      lookalike search photo.jpg      find the product on a photograph
      lookalike serve                 REST API and web page
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    if verbose < 2:
        for name in ("alembic", "httpx", "httpcore", "PIL", "asyncio"):
            logging.getLogger(name).setLevel(logging.WARNING)


_OF_THE_PLACE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENAMETOOLONG, errno.ENOTDIR}
)
"""What a file system says of itself; any other error of a file is a fault of ours."""


def _leave_fetches(status: int) -> None:
    """End at once where a thread still waits for another host: Python would wait for it, through all its attempts.

    Nothing depends on what it would bring. A process that only calls us, and reads what we print, is not ended.
    """
    if sys.stdout is not sys.__stdout__ or threading.active_count() == 1:
        return
    from lookalike.ingest.ahead import FETCHING

    if any(thread.name.startswith(FETCHING) for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and exit; a failure is one sentence on stderr, never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # a file name may be no text, nor a title fit the terminal
    try:
        _run(arguments)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2 if isinstance(error, click.UsageError) else 1)
    except LookalikeError as error:
        if _interrupted(error):
            _stop()
        _say(str(error))
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except KeyboardInterrupt:
        _stop()
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if _interrupted(error):
            _stop()
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        if isinstance(error, OSError) and error.errno in _OF_THE_PLACE:
            _say(f"{error.filename or 'a file'} cannot be read or written: {error.strerror or error}")
            sys.exit(1)
        _say(f"unexpected {type(error).__name__}: {error}. This is a fault of Lookalike: run again with -vv, report it")
        sys.exit(1)
    sys.exit(0)


def _stop() -> NoReturn:
    click.echo("stopped; what was finished before is kept, run the same command to go on", err=True)
    _leave_fetches(130)
    sys.exit(130)


def _interrupted(error: BaseException) -> bool:
    """Whether Ctrl-C is behind it: of one that comes while a compiled module is loaded, that makes an ImportError."""
    seen: set[int] = set()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in seen:
        if isinstance(behind, KeyboardInterrupt):
            return True
        seen.add(id(behind))
        behind = behind.__cause__ or behind.__context__
    return False


def _run(arguments: Sequence[str] | None) -> None:
    given = None if arguments is None else list(arguments)
    try:
        program.main(args=given, prog_name="lookalike", standalone_mode=False, color=_colors())
    except _PastClick as past:
        raise past.error from None


def _colors() -> bool | None:
    """False where https://no-color.org asks for none; None to let the stream decide."""
    return False if os.environ.get("NO_COLOR") else None


def _say(message: str) -> None:
    click.echo(click.style("error: ", fg="red", bold=True) + message, err=True, color=_colors())
