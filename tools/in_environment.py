"""Run a Python program of this project in the environment, with a database server if it wants one."""

from __future__ import annotations

import argparse
import contextlib
import subprocess

from . import paths
from .database import process_environment
from .environment import set_up
from .peers import bring_peers
from .postgres import Cluster
from .steps import Problem, end_group, main


def _command() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.in_environment", description=__doc__)
    parser.add_argument("--cluster", choices=("main", "test"), help="the database server to have running meanwhile")
    parser.add_argument(
        "--peers", action="store_true", help="bring the addons to compare with; PEERS names their folder"
    )
    parser.add_argument("program", help="a Python file, relative to the top of the project")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="what the program is told")
    arguments = parser.parse_args()
    if not (paths.PROJECT / arguments.program).is_file():
        raise Problem(f"Cannot run {arguments.program}: there is no such file in this project.")
    set_up()
    peers = {"PEERS": str(bring_peers())} if arguments.peers else {}
    with Cluster(arguments.cluster).use() if arguments.cluster else contextlib.nullcontext({}) as server:
        process = subprocess.Popen(
            [str(paths.PYTHON), arguments.program, *arguments.words],
            # The top of the project comes first on the path, so that programs can use `tools` as well.
            env={**process_environment(server), **peers, "PYTHONPATH": str(paths.PROJECT)},
            cwd=paths.PROJECT,
            start_new_session=True,
        )
        try:
            return process.wait()
        except BaseException:
            end_group(process)
            raise


if __name__ == "__main__":
    main(_command)
