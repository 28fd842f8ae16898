from . import billing_document
