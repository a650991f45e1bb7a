service "guestbook" {
  build {
    run    = "go build -trimpath -o out/guestbook ."
    output = ["out/guestbook"]
    budget = "5m"                          # the coffee test
  }

  test "unit" {
    run    = "go test -json ./..."
    report = "go"                          # or "junit:report.xml"
  }

  process "web" {
    command = "./out/guestbook --listen :${port}"
    health  = http("/healthz")
  }
}

environment "production" {
  deploy "guestbook" {
    domain = "guestbook.example"
  }
}

environment "staging" {
  copy_of = environment.production         # the same declaration; only what is named here may differ
}

pipeline "guestbook" {                     # optional: this one is the default
  stage "staging" {
    environment = environment.staging

    verify "front" {
      http   = "/"
      expect = 200
    }
  }

  stage "production" {
    environment = environment.production
  }
}
