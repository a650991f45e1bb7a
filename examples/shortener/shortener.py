"""Short names for long addresses."""

import html
import os
import secrets
import signal
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FORM = '<!doctype html><title>Shortener</title><h1>Shorten an address</h1><form method="post"><label>Address <input name="url" type="url" required></label><button>Shorten</button></form>'


class Book:
    """Names and addresses in a SQLite file; every call has a connection of its own."""

    def __init__(self, path):
        self.path = path
        with self.open() as db:
            db.execute("CREATE TABLE IF NOT EXISTS link (name TEXT PRIMARY KEY, url TEXT NOT NULL)")

    def open(self):
        return sqlite3.connect(self.path, timeout=5)

    def add(self, url):
        """Keep an address; returns its name. Raises ValueError for what is no web address."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("an address begins with http:// or https://")
        name = secrets.token_urlsafe(5)
        with self.open() as db:
            db.execute("INSERT INTO link VALUES (?, ?)", (name, url))
        return name

    def find(self, name):
        with self.open() as db:
            row = db.execute("SELECT url FROM link WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def count(self):
        with self.open() as db:
            return db.execute("SELECT count(*) FROM link").fetchone()[0]


def handler(book):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.path == "/":
                self.answer(200, FORM)
            elif self.path == "/healthz":
                self.answer(200, "ok %d" % book.count())
            elif self.path == "/metrics":
                self.answer(200, "# TYPE shortener_links gauge\nshortener_links %d\n" % book.count(), "text/plain; version=0.0.4")
            else:
                url = book.find(self.path[1:])
                if url is None:
                    self.answer(404, "There is no such name.")
                else:
                    self.answer(302, "", location=url)

        def do_POST(self):
            size = min(int(self.headers.get("Content-Length", 0)), 8192)
            url = parse_qs(self.rfile.read(size).decode("utf-8", "replace")).get("url", [""])[0]
            try:
                name = book.add(url)
            except ValueError as error:
                self.answer(400, html.escape(str(error)))
            else:
                self.answer(201, '<a href="/%s">/%s</a>' % (name, name))

        def answer(self, status, text, kind="text/html; charset=utf-8", location=None):
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def main():
    book = Book(os.path.join(os.environ.get("DATA_DIR", "."), "links.db"))
    port = int(os.environ.get("PORT", "8080"))
    server = ThreadingHTTPServer(("127.0.0.1", port), handler(book))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("listening on", port)
    server.serve_forever()


if __name__ == "__main__":
    main()
