from . import (
    test_obstacles,
    test_run,
)
