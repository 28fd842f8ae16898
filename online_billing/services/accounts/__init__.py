from . import importing, lookup, page, timeline
