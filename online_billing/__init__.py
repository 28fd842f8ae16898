from . import controllers, demo_business, models, services, wizards
