"""What the Makefile calls.

Every module here runs as ``python3 -m tools.<name>`` from the top of the project with the standard library alone;
what needs Odoo or a package from the index is run as a child process of the environment that ``environment`` made.
Reading order: ``steps``, ``paths``, ``bring_odoo``, ``environment``, ``postgres``, ``database``,
``demo``, ``run_tests``.
"""
