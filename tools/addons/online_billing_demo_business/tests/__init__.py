from . import test_demo_business
