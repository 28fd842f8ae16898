from . import test_access_matrix, test_readiness, test_valid_documents
