"""``make translations``: write each addon's template of translations, and bring the files of the languages to it.

It lists what customers read and a language has not.
"""

from __future__ import annotations

from . import paths
from .database import addons_template, installable_addons, shell
from .environment import set_up
from .postgres import Cluster
from .steps import main, note, run, step

SCRIPT = """
from pathlib import Path
from odoo.tools.translate import trans_export
with Path({target!r}).open("wb") as file:
    trans_export(None, [{addon!r}], file, "po", env)
"""


def _command() -> int:
    set_up()
    with Cluster("test").use() as server:
        template = addons_template(server)
        for addon in installable_addons():
            target = paths.PROJECT / addon / "i18n" / f"{addon}.pot"
            target.parent.mkdir(exist_ok=True)
            with step(f"write {target.relative_to(paths.PROJECT)}"):
                script = SCRIPT.format(target=str(target), addon=addon)
                shell(server, template, script, cannot="Cannot write the template of translations")
    # by the Python of the environment, which reads such files
    command = [paths.PYTHON, "-m", "tools.customer_texts"]
    print(run(command, cannot="Cannot bring the languages to the templates", cwd=paths.PROJECT), end="")
    note("Look at the difference before it is committed.")
    return 0


if __name__ == "__main__":
    main(_command)
