from . import open_items, open_items_of_plans
