"""The bank commands put together."""

from __future__ import annotations

import typer

from hashguard.cli import (
    bank_accept,
    bank_audit,
    bank_backup,
    bank_delete,
    bank_init,
    bank_intake,
    bank_publish,
    bank_queue,
    bank_receipt,
    bank_refuse,
    bank_restore,
    bank_settings,
    bank_show,
    bank_stats,
    bank_tidy,
    bank_withdraw,
)
from hashguard.cli.help import Command, Group

banks = typer.Typer(
    cls=Group,
    help="Cases and their hashes, kept by an organisation that helps people.",
    epilog="Example:\n\n"
    "  hashguard bank init bank/\n"
    "  hashguard bank intake bank/ codes-4UDZ-XVK2.json\n"
    "  hashguard bank queue bank/\n"
    "  hashguard bank accept bank/ 4UDZ-XVK2",
    rich_markup_mode="rich",
)
_audit = typer.Typer(
    cls=Group,
    help="The log of a bank: what happened, in order.",
    epilog="Example:\n\n  hashguard bank audit verify bank/",
    rich_markup_mode="rich",
)

banks.command("init", cls=Command, epilog=bank_init.EPILOG)(bank_init.init_command)
banks.command("intake", cls=Command, epilog=bank_intake.EPILOG)(bank_intake.intake_command)
banks.command("queue", cls=Command, epilog=bank_queue.EPILOG)(bank_queue.queue_command)
banks.command("accept", cls=Command, epilog=bank_accept.EPILOG)(bank_accept.accept_command)
banks.command("refuse", cls=Command, epilog=bank_refuse.EPILOG)(bank_refuse.refuse_command)
banks.command("show", cls=Command, epilog=bank_show.EPILOG)(bank_show.show_command)
banks.command("withdraw", cls=Command, epilog=bank_withdraw.EPILOG)(bank_withdraw.withdraw_command)
banks.command("delete", cls=Command, epilog=bank_delete.EPILOG)(bank_delete.delete_command)
banks.command("publish", cls=Command, epilog=bank_publish.EPILOG)(bank_publish.publish_command)
banks.command("receipt", cls=Command, epilog=bank_receipt.EPILOG)(bank_receipt.receipt_command)
banks.command("stats", cls=Command, epilog=bank_stats.EPILOG)(bank_stats.stats_command)
banks.command("settings", cls=Command, epilog=bank_settings.EPILOG)(bank_settings.settings_command)
banks.command("tidy", cls=Command, epilog=bank_tidy.EPILOG)(bank_tidy.tidy_command)
banks.add_typer(_audit, name="audit")
_audit.command("verify", cls=Command, epilog=bank_audit.EPILOG)(bank_audit.verify_command)
banks.command("backup", cls=Command, epilog=bank_backup.EPILOG)(bank_backup.backup_command)
banks.command("restore", cls=Command, epilog=bank_restore.EPILOG)(bank_restore.restore_command)
