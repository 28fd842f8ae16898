from . import test_readiness, test_valid_documents
