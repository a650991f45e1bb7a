import os
import tempfile
import unittest

from shortener import Book


class BookTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.book = Book(os.path.join(self.dir.name, "links.db"))

    def test_a_name_leads_to_its_address(self):
        name = self.book.add("https://example.com/a?b=c")
        self.assertEqual(self.book.find(name), "https://example.com/a?b=c")

    def test_an_unknown_name_leads_nowhere(self):
        self.assertIsNone(self.book.find("nothing"))

    def test_what_is_no_web_address_is_refused(self):
        for url in ("javascript:alert(1)", "example.com", ""):
            with self.assertRaises(ValueError):
                self.book.add(url)
        self.assertEqual(self.book.count(), 0)


if __name__ == "__main__":
    unittest.main()
