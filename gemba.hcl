# Gemba builds and tests itself.
service "gemba" {
  build {
    run     = <<-SH
      CGO_ENABLED=0 go build -ldflags='-s -w' -o out/ ./cmd/gemba ./cmd/gemba-worker
      go build -ldflags='-s -w' -o out/ ./cmd/gemba-server ./cmd/gemba-edge
    SH
    output  = ["out/gemba", "out/gemba-server", "out/gemba-edge", "out/gemba-worker"]
    network = true
    budget  = "15m" # of a machine that has compiled none of it before
  }

  # What needs neither root nor a browser; `make test` is the whole.
  test "unit" {
    run     = "go test -json . ./internal/spec/... ./internal/pipeline ./internal/deploy ./internal/ledger ./internal/build/... ./internal/wire ./internal/view/..."
    report  = "go"
    network = true
  }
}

environment "production" {
  deploy "gemba" {}
}

pipeline "gemba" {
  stage "production" {
    environment = environment.production

    verify "help" {
      run = "./out/gemba --help"
    }
  }
}
