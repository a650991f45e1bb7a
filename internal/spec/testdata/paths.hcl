service "guestbook" {
  build {
    run    = "make"
    output = ["/etc/passwd", "../other", "out/../../x", "out/[a", "out/ok"]
    budget = "0s"
  }
  process "site" {
    root = "../public"
  }
}
service "files" {
  build {
    run = "make"
  }
  test "unit" {
    run    = "make test"
    report = "junit:../report.xml"
  }
}
