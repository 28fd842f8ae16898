from . import writer
