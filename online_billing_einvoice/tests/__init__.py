from . import test_valid_documents
