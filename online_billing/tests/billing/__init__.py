from . import (
    test_amounts,
    test_obstacles,
    test_run,
)
