service "guestbook" {
  build {
    run = "curl -w '%{http_code}' x"
    output = ["a"
  }
  process "web" {
    command = "./x ${X:-1}"
    health = http("/healthz"
  }
  owner "x"
