service "guestbook" {
  owner = true
  build {
    run       = ["go", "build"]
    output    = "out/guestbook"
    budget    = 5
    network   = "yes"
    log_limit = "lots"
    env       = { "A-B" = 1, C = [1], D = "x", D = "y", E = true, F = 1.5 }
    inherit   = ["GO PRIVATE"]
    tools     = ["opt/node"]
    cache     = [""]
  }
  test "unit" {
    run    = "go test"
    report = "tap"
  }
  process "web" {
    command      = 5
    health       = "/healthz"
    metrics      = "metrics"
    stop_timeout = "-1s"
    replace      = "bluegreen"
    kind         = "webb"
  }
  process "cleanup" {
    command = "./x"
    cron    = "61 * * * *"
  }
  process "never" {
    command = "./x"
    cron    = "0 0 31 2 *"
  }
  process "often" {
    command = "./x"
    cron    = "TZ=0"
  }
}
environment "production" {
  copy_of = "staging"
  deploy "guestbook" {
    port      = "8080"
    schedules = 1
  }
}
environment "staging" {
  deploy "guestbook" {
    port   = 808080
  }
}
environment "web" {
  deploy "guestbook" {
    domain = "https://guestbook.example/"
    env    = "A=b"
  }
}
