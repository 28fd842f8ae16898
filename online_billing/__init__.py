from . import controllers, demo_business, models, report, services, wizards
