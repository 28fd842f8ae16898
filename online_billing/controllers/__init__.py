from . import pay, portal
