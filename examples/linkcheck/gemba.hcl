# Watches links: a page to add them, a worker that asks them, a schedule that asks all of them again.
service "linkcheck" {
  data {
    shared = true # one file per link, replaced by rename
  }

  build {
    output = ["package.json", "src"]
  }

  test "unit" {
    run    = "node --test --test-reporter=junit --test-reporter-destination=report.xml"
    report = "junit:report.xml"
  }

  process "web" {
    command = "node src/web.js"
    health  = http("/healthz")
  }

  process "worker" {
    command = "node src/worker.js"
  }

  process "schedule" {
    command = "node src/again.js"
    cron    = "*/5 * * * *"
  }
}
