from . import test_access_matrix, test_privacy_lookup
