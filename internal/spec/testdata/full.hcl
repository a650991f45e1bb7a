# GEMBA_VAR_flags=["-x", "two words"]
variable "flags" { type = list(string) }
variable "workers" {
  type    = number
  default = 4
}
variable "mode" {
  type    = map(string)
  default = { a = "b" }
}
variable "verbose" {
  type    = bool
  default = true
}
secret "key" { file = "secrets/key" }
secret "other" { age = "/etc/other.age" }
service "guestbook" {
  owner = "web team"
  data {}
  build {
    run       = "npm ci $${FLAGS}"
    output    = ["dist/**", "package.json"]
    inputs    = ["proto/**"]
    budget    = "4m"
    network   = true
    cache     = ["node_modules"]
    inherit   = ["NPM_CONFIG_REGISTRY"]
    tools     = ["/opt/node"]
    env       = { TOKEN = secret.key, N = var.workers, V = var.verbose }
    log_limit = "1MiB"
  }
  test "unit" {
    run     = "npm test"
    report  = "junit:report/*.xml"
    network = true
    env     = { TZ = "UTC" }
    beside "database" {
      command = "./db --port 5433"
      env     = { A = "b" }
      port    = 5433
    }
  }
  process "web" {
    command = ["./x", "--listen", ":${port}", "--data=${data}", var.flags[1], "w=${var.workers}"]
    health {
      http     = "/healthz"
      expect   = 204
      contains = "ok"
      within   = "1m"
      timeout  = "1s"
    }
    metrics      = "/stats"
    stop_timeout = "0s"
    env          = { URL = "https://u:${secret.key}@x:${port}/${var.mode.a}" }
  }
}

service "site" {
  process "static" { root = "public/" }
}
service "jobs" {
  data { shared = true }
  process "queue" { command = "./jobs 'a b' \"c d\"" }
  process "nightly" {
    command = "./jobs nightly"
    cron    = "0 3  * * 1-5"
  }
  process "front" { command = "./jobs --port ${port}" }
}
service "library" {}
environment "production" {
  deploy "guestbook" {
    port = 8080
    env  = { KEY = secret.key, HOME = data, NAME = service.guestbook }
  }
  deploy "site" { domain = "Site.example" }
  deploy "jobs" {}
}
environment "staging" {
  copy_of = environment.production
  deploy "guestbook" { env = { KEY = "staging", EXTRA = environment.staging } }
  deploy "jobs" { schedules = true }
}
environment "dev" {
  copy_of = environment["staging"]
}
pipeline "guestbook" {
  stage "staging" {
    task "migrate" {
      run     = "./migrate"
      once    = true
      timeout = "1h"
    }
    verify "front" {
      http     = "/"
      contains = "Welcome"
    }
    verify "smoke" {
      run     = "./smoke.sh $GEMBA_ADDRESS"
      timeout = "1m"
    }
  }
  stage "live" { environment = environment.production }
}
