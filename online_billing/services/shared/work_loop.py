"""The loop around a unit of work: lock a batch, work, commit with the cron's progress, go on until nothing is left."""

import psycopg2
from psycopg2 import errorcodes

from .failpoint import failpoint

RETRIES = 5
RETRY_CODES = {errorcodes.SERIALIZATION_FAILURE, errorcodes.DEADLOCK_DETECTED, errorcodes.LOCK_NOT_AVAILABLE}


def work_in_batches(env, take, work, count_left, name):
    """Take batches of waiting rows under row locks, work on them and commit, until none is left or time is up.

    :param take: returns the next locked batch; empty when there is nothing to do
    :param work: does one batch in the present transaction and never commits
    :param count_left: returns how many still wait
    :param name: prefix of the fail points
    """
    failures = 0
    while True:
        try:
            batch = take()
            if not batch:
                return
            failpoint(f"{name}_after_lock")
            work(batch)
            failpoint(f"{name}_before_commit")
            left = env["ir.cron"]._commit_progress(len(batch), remaining=count_left())
            failpoint(f"{name}_after_commit")
            failures = 0
        except psycopg2.OperationalError as error:
            # another worker was faster with the same rows: begin the batch anew
            failures += 1
            if error.pgcode not in RETRY_CODES or failures > RETRIES:
                raise
            env.cr.rollback()
            env.invalidate_all()
            continue
        if left <= 0:
            return
