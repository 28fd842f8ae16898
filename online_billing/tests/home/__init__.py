from . import test_first_steps, test_home
