from . import test_access_matrix, test_guests, test_in_a_browser, test_pages
