"""`tunebook forget DOCUMENT`: out of the library, with a receipt."""

from typing import Annotated

import typer

from tunebook.cli.common import Common, Outcome, command, filled, listing


@command
def forget(
    common: Common,
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="The document's id, as search shows it.")],
) -> Outcome:
    """Remove a document and say what is stale without it."""
    filled("DOCUMENT", document)
    receipt = common.open().forget(document)
    return Outcome(receipt, listing(receipt))
