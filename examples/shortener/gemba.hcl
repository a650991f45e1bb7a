# Short names for long addresses, in Python's standard library and SQLite.
service "shortener" {
  data {
    shared = true # SQLite locks: two releases may write at the same time
  }

  build {
    output = ["shortener.py"]
  }

  test "unit" {
    run = "python3 -m unittest -v"
  }

  process "web" {
    command = "/usr/bin/python3 -u shortener.py"
    health  = http("/healthz")
  }
}
