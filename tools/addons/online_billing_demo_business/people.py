"""Invented people, firms and addresses. No name stands for anybody; mail goes to the reserved example domains only."""

import re
import unicodedata

DOMAINS = ("example.com", "example.org", "example.net")

HOUSEHOLDS = (
    "Amelia Hartwood",
    "Jonas Kirkbride",
    "Priya Nandakumar",
    "Tobias Lindqvist",
    "Marisol Etxeberria",
    "Desmond Oyelaran",
    "Hannah Feldspar",
    "Wei-Lin Tsao",
    "Callum Dunmore",
    "Beatriz Fontoura",
    "Nils Abendroth",
    "Yara El-Khatib",
    "Oscar Whitcombe",
    "Ingrid Solheimer",
    "Mateo Villarroel",
    "Fiona Castlebay",
    "Rajiv Chandrakant",
    "Elodie Marchetaux",
    "Samuel Okonjo-Reed",
    "Greta Winterfeld",
    "Luca Bernardeschi",
    "Noor Rahimzadeh",
)
SENDERS = (
    "Oude Haven Antiques",
    "Polderlicht Lighting",
    "Van Rijnstede Ceramics",
    "Noordkade Bicycles",
    "Tulpweg Garden Seeds",
    "De Kleine Drukpers",
    "Maasdijk Machine Parts",
    "Zilverzand Jewellery",
    "Groene Kade Tea Import",
    "Waterlelie Cosmetics",
    "Brugzicht Books",
    "Ijsvogel Outdoor",
)
CLIENTS = (
    ("Thornbury Water Works", "GBP"),
    ("Quillfeather Publishing", "GBP"),
    ("Maplecroft Hospice", "GBP"),
    ("Ravensgate Borough Council", "GBP"),
    ("Copperfield & Daughters", "GBP"),
    ("Sandhurst Lane Dairies", "GBP"),
    ("Weissbach Maschinenbau", "EUR"),
    ("Atelier Roqueval", "EUR"),
    ("Costanera Foods", "EUR"),
    ("Prairie Loop Railways", "USD"),
    ("Bluestem Insurance", "USD"),
    ("Uhrwerk Altmatt", "CHF"),
)
TEAMS = (
    ("Northpine Robotics", "USD"),
    ("Harbourlight Clinics", "USD"),
    ("Juniper & Slate Architects", "USD"),
    ("Redwillow Schools", "USD"),
    ("Cobblestone Bakery Group", "USD"),
    ("Ferrous Wheel Cycles", "USD"),
    ("Quiet River Yoga", "USD"),
    ("Marigold Property Care", "USD"),
    ("Skylark Charter Flights", "USD"),
    ("Tamarack Legal", "USD"),
    ("Velvet Anchor Hotels", "USD"),
    ("Hedgerow Analytics", "USD"),
    ("Fjordblick Reisen", "EUR"),
    ("Officine Valdombra", "EUR"),
    ("Brasserie du Vieux Pont", "EUR"),
    ("Lindenhof Pflege", "EUR"),
)

# a customer of two of the businesses: one contact
SHARED = "Saltmarsh Veterinary Practice"

# country: (streets, (city, postal code)); the towns do not exist
PLACES = {
    "US": (
        ("Alder Street", "Lighthouse Road", "Chandler Avenue", "Old Mill Lane", "Pinecone Drive", "Quarry Hill Road"),
        (("Tidewater Falls", "04999"), ("Port Ambrose", "04998"), ("Eastmere", "04997")),
    ),
    "NL": (
        ("Havenstraat", "Lindelaan", "Molenweg", "Kerkpad", "Singelkade"),
        (("Oosterwaard", "9999 ZA"), ("Klein Maasveer", "9998 ZB"), ("Duinrode", "9997 ZC")),
    ),
    "GB": (
        ("Chapel Row", "Tannery Lane", "Market Hill", "Cloister Walk", "Ferryman's Way"),
        (("Wrenbury-on-Sea", "ZZ99 3AA"), ("Alderbourne", "ZZ99 3AB"), ("Great Marling", "ZZ99 3AC")),
    ),
    "DE": (("Am Alten Markt", "Lindenallee", "Mühlgasse"), (("Neuenbrück", "00991"), ("Waldhagen", "00992"))),
    "FR": (("rue des Tilleuls", "place du Puits", "quai Neuf"), (("Saint-Aubert-les-Bois", "00993"),)),
    "ES": (("calle del Olivo", "paseo del Faro"), (("Puerto Claro", "00994"),)),
    "IT": (("via dei Mulini", "corso Vecchio"), (("Valdombra", "00995"),)),
    "CH": (("Seeweg", "Bahnhofgasse"), (("Altmatt am See", "0996"),)),
}


def address(random, country):
    """Return street, city and postal code of an address that does not exist."""
    streets, towns = PLACES[country]
    city, postal_code = random.choice(towns)
    number, street = random.randint(1, 148), random.choice(streets)
    first = country in ("US", "GB", "FR")
    return {"street": f"{number} {street}" if first else f"{street} {number}", "city": city, "zip": postal_code}


# country: how a tax number looks there. None is anybody's: the check digits are wrong, or the numbers too low.
TAX_NUMBERS = {
    "US": "00-{:07d}",
    "NL": "NL{:09d}B00",
    "GB": "GB{:09d}",
    "DE": "DE{:09d}",
    "FR": "FR{:011d}",
    "ES": "ESB{:08d}",
    "IT": "IT{:011d}",
    "CH": "CHE{:09d}",
}


def identity(name, country):
    """Return the numbers by which tax offices, registers and networks would know a firm, as values of its contact."""
    number = sum(map(ord, name))
    values = {"vat": TAX_NUMBERS[country].format(number)}
    if country == "US":  # Odoo finds an end point by itself in the other countries
        values |= {"peppol_eas": "9959", "peppol_endpoint": values["vat"]}
    if country == "NL":  # there networks know a firm by its number in the register
        register = f"{number:08d}"
        values |= {"company_registry": register, "peppol_eas": "0106", "peppol_endpoint": register}
    return values


def email(random, name, firm=False):
    """Return an address at a domain that is reserved for examples."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    word = re.sub(r"[^a-z0-9]+", ".", plain).strip(".")
    return f"{'accounts.' if firm else ''}{word}@{random.choice(DOMAINS)}"
