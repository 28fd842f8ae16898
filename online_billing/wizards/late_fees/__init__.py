from . import simulation, waive
