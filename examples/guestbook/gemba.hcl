# A guestbook: built once, tested, put into staging, verified, promoted to production.
service "guestbook" {
  data {
    shared = true # entries are appended: two releases may write side by side
  }

  build {
    run    = "CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o out/guestbook ."
    output = ["out/guestbook"]
  }

  test "unit" {
    run    = "go test -json ./..."
    report = "go"
  }

  process "web" {
    command = "./out/guestbook --listen 127.0.0.1:${port} --data ${data}"
    health  = http("/healthz")
  }
}

environment "production" {
  deploy "guestbook" {}
}

environment "staging" {
  copy_of = environment.production
}

pipeline "guestbook" {
  stage "staging" {
    environment = environment.staging

    verify "front" {
      http     = "/"
      contains = "<form"
    }
    verify "health" {
      http   = "/healthz"
      expect = 200
    }
    verify "metrics" {
      http     = "/metrics"
      contains = "guestbook_entries"
    }
  }

  stage "production" {
    environment = environment.production

    verify "front" {
      http     = "/"
      contains = "<form"
    }
  }
}
