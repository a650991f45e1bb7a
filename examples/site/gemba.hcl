# A static site: pages are built once and served by the edge.
service "site" {
  build {
    run    = "sh build.sh"
    output = ["out"]
  }

  test "links" {
    run = "sh check-links.sh"
  }

  process "static" {
    root = "out"
  }
}
