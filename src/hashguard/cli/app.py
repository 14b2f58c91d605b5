"""The commands put together, and what typer says about wrong usage in one line."""

from __future__ import annotations

from typing import Annotated

import typer

from hashguard.cli import (
    case_check,
    case_new,
    case_show,
    case_withdraw,
    exchange_feedback,
    exchange_fetch,
    explain,
    index_build,
    index_calibrate,
    index_compact,
    index_info,
    index_update,
    index_verify,
    list_add,
    list_build,
    list_check,
    list_export,
    list_import,
    list_remove,
    list_show,
    match,
    page,
    publish_init,
    publish_keys,
    publish_list,
    publish_refresh,
    publish_renew,
    publish_rotate,
    robustness_names,
    robustness_report,
    robustness_run,
    robustness_score,
    robustness_verdicts,
    serve,
    serve_key,
    sync,
)
from hashguard.cli import hash as hash_
from hashguard.cli.bank import banks
from hashguard.cli.help import Command, Group, ServeGroup
from hashguard.cli.status import Status, UsageError

_EXIT_STATUSES = (
    "Exit status: 0 fine or no match, 1 match, 3 undecided, 2 wrong usage,\n4 any other error."
)

app = typer.Typer(
    cls=Group,
    name="hashguard",
    help="Recognise pictures that come back, by their perceptual hashes.\n\n"
    "Hash pictures on your own device, put the hashes on a list, and match uploads against "
    "it. The pictures themselves never leave where they are.",
    epilog="Try it:\n\n"
    "  hashguard hash holiday.jpg photos/ > hashes.txt\n"
    "  hashguard list build hashes.txt -o ncii.hgl\n"
    "  hashguard match upload.jpg --list ncii.hgl\n\n" + _EXIT_STATUSES,
    add_completion=False,
    rich_markup_mode="rich",
)
_lists = typer.Typer(
    cls=Group,
    help="Make, change and look over lists of hashes.",
    epilog="Example:\n\n"
    "  hashguard list build hashes.txt -o ncii.hgl\n"
    "  hashguard list add ncii.hgl more.jsonl\n"
    "  hashguard list check ncii.hgl",
    rich_markup_mode="rich",
)
_cases = typer.Typer(
    cls=Group,
    help="The codes of your own pictures, in a file to hand over; and taking them back.",
    epilog="Example:\n\n"
    "  hashguard case new holiday.jpg\n"
    "  hashguard case show codes-4UDZ-XVK2.json\n"
    "  hashguard case withdraw codes-4UDZ-XVK2.json --list ncii.hgl",
    rich_markup_mode="rich",
)
_indexes = typer.Typer(
    cls=Group,
    help="Large lists in a live folder, searched while it changes.",
    epilog="Example:\n\n"
    "  hashguard index build ncii.hgl -o ncii.live\n"
    "  hashguard index update ncii.live ncii.hgl\n"
    "  hashguard match upload.jpg --list ncii.live",
    rich_markup_mode="rich",
)
_publishing = typer.Typer(
    cls=Group,
    help="Lists that others can verify: keys, signatures, changes.",
    epilog="Example:\n\n"
    "  hashguard publish init public/ --keys keys/ --bank ncii\n"
    "  hashguard publish list public/ ncii.hgl --keys keys/online\n"
    "  hashguard publish refresh public/ --keys keys/online",
    rich_markup_mode="rich",
)
_robustness = typer.Typer(
    cls=Group,
    help="Measure which edits a hash survives, and at what price in false matches.",
    epilog="Example:\n\n"
    "  hashguard robustness run photos/ --distractors others/ --out report/\n"
    "  hashguard robustness report report/\n"
    "  hashguard robustness verdicts photos/ --distractors others/ --out v/",
    rich_markup_mode="rich",
)

app.command("hash", cls=Command, epilog=hash_.EPILOG)(hash_.hash_command)
app.command("match", cls=Command, epilog=match.EPILOG)(match.match_command)
app.command("page", cls=Command, epilog=page.EPILOG)(page.page_command)
app.command("explain", cls=Command, epilog=explain.EPILOG)(explain.explain_command)
app.add_typer(_cases, name="case")
_cases.command("new", cls=Command, epilog=case_new.EPILOG)(case_new.new_command)
_cases.command("show", cls=Command, epilog=case_show.EPILOG)(case_show.show_command)
_cases.command("check", cls=Command, epilog=case_check.EPILOG)(case_check.check_command)
_cases.command("withdraw", cls=Command, epilog=case_withdraw.EPILOG)(case_withdraw.withdraw_command)
app.add_typer(banks, name="bank")
app.add_typer(_lists, name="list")
_lists.command("build", cls=Command, epilog=list_build.EPILOG)(list_build.build_command)
_lists.command("add", cls=Command, epilog=list_add.EPILOG)(list_add.add_command)
_lists.command("remove", cls=Command, epilog=list_remove.EPILOG)(list_remove.remove_command)
_lists.command("show", cls=Command, epilog=list_show.EPILOG)(list_show.show_command)
_lists.command("check", cls=Command, epilog=list_check.EPILOG)(list_check.check_command)
_lists.command("import", cls=Command, epilog=list_import.EPILOG)(list_import.import_command)
_lists.command("export", cls=Command, epilog=list_export.EPILOG)(list_export.export_command)
app.add_typer(_indexes, name="index")
_indexes.command("build", cls=Command, epilog=index_build.EPILOG)(index_build.build_command)
_indexes.command("info", cls=Command, epilog=index_info.EPILOG)(index_info.info_command)
_indexes.command("verify", cls=Command, epilog=index_verify.EPILOG)(index_verify.verify_command)
_indexes.command("update", cls=Command, epilog=index_update.EPILOG)(index_update.update_command)
_indexes.command("compact", cls=Command, epilog=index_compact.EPILOG)(index_compact.compact_command)
_indexes.command("calibrate", cls=Command, epilog=index_calibrate.EPILOG)(
    index_calibrate.calibrate_command
)
app.add_typer(_publishing, name="publish")
_publishing.command("init", cls=Command, epilog=publish_init.EPILOG)(publish_init.init_command)
_publishing.command("keys", cls=Command, epilog=publish_keys.EPILOG)(publish_keys.keys_command)
_publishing.command("list", cls=Command, epilog=publish_list.EPILOG)(publish_list.list_command)
_publishing.command("refresh", cls=Command, epilog=publish_refresh.EPILOG)(
    publish_refresh.refresh_command
)
_publishing.command("rotate", cls=Command, epilog=publish_rotate.EPILOG)(
    publish_rotate.rotate_command
)
_publishing.command("renew", cls=Command, epilog=publish_renew.EPILOG)(publish_renew.renew_command)
app.command("sync", cls=Command, epilog=sync.EPILOG)(sync.sync_command)
app.add_typer(_robustness, name="robustness")
_robustness.command("run", cls=Command, epilog=robustness_run.EPILOG)(robustness_run.run_command)
_robustness.command("score", cls=Command, epilog=robustness_score.EPILOG)(
    robustness_score.score_command
)
_robustness.command("verdicts", cls=Command, epilog=robustness_verdicts.EPILOG)(
    robustness_verdicts.verdicts_command
)
_robustness.command("report", cls=Command, epilog=robustness_report.EPILOG)(
    robustness_report.report_command
)
_robustness.command("attacks", cls=Command, epilog=robustness_names.ATTACKS_EPILOG)(
    robustness_names.attacks_command
)
_robustness.command("systems", cls=Command, epilog=robustness_names.SYSTEMS_EPILOG)(
    robustness_names.systems_command
)
_exchanges = typer.Typer(
    cls=Group,
    help="Follow StopNCII, NCMEC, or a bank that is served, and answer them.",
    epilog="Example:\n\n"
    "  hashguard exchange fetch stopncii --into stopncii.hgl --keys keys\n"
    "  hashguard exchange feedback stopncii Blocked --list stopncii.hgl --entry 17",
    rich_markup_mode="rich",
)
app.add_typer(_exchanges, name="exchange")
_exchanges.command("fetch", cls=Command, epilog=exchange_fetch.EPILOG)(exchange_fetch.fetch_command)
_exchanges.command("feedback", cls=Command, epilog=exchange_feedback.EPILOG)(
    exchange_feedback.feedback_command
)
_serve = typer.Typer(
    cls=ServeGroup,
    help="Let platforms follow a bank, by the interface of StopNCII.",
    epilog="Example:\n\n"
    "  hashguard serve key example-platform --keys platforms.json\n"
    "  hashguard serve bank/ --keys platforms.json",
    rich_markup_mode="rich",
)
app.add_typer(_serve, name="serve")
_serve.command("bank", cls=Command, epilog=serve.EPILOG)(serve.bank_command)
_serve.command("key", cls=Command, epilog=serve_key.EPILOG)(serve_key.key_command)


def _print_version(wanted: bool) -> None:
    if wanted:
        from hashguard import __version__

        typer.echo(f"hashguard {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            help="Print the version.",
            callback=_print_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    pass


# typer has carried its own copy of click since 0.20 or so; this finds the base either way.
_ClickError: type[Exception] = next(
    one for one in typer.BadParameter.__mro__ if one.__name__ == "ClickException"
)


def run(arguments: list[str]) -> int:
    """Run one command. Raises UsageError, and whatever the command raises.

    Not through typer's own entry, which reports a broken pipe as status 1: our "match".
    """
    command = typer.main.get_command(app)
    try:
        with command.make_context("hashguard", arguments) as context:
            status = command.invoke(context)
    except typer.Exit as ending:
        return ending.exit_code
    except typer.Abort:
        return Status.INTERRUPTED
    except _ClickError as error:
        raise UsageError(_usage(error)) from error
    return int(status or Status.FINE)


def _usage(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "hashguard"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    # Typer's checks run in pydantic, which puts a word of its own before them.
    message = message.replace("Value error, ", "").strip().rstrip(".")
    if message.startswith("Got unexpected extra argument"):
        # Not which: it may be a hash or a code, given where every user can see it.
        message = message.partition(" (")[0]
    return f"{message}; see {path} --help"
