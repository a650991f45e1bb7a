service "guestbook" {
  data {}
  process "web" {
    cron    = "* * * * *"
    replace = "blue-green"
    command = "cd x && ./run"
  }
  process "static" {
    command = "./x"
  }
  process "worker" {
    command = "PORT=5 ./x"
    health  = http("/")
  }
  process "schedule" {
    command = "./x $HOME"
  }
  process "comment" { command = "./x # all" }
  process "quote" { command = "./x 'a" }
  process "empty" { command = "" }
  process "none" { command = [] }
  process "check" {
    command = "./x"
    health { 
      expect  = 200
      command = "./x check"
    }
    kind = "worker"
  }
  process "path" {
    command = "./x"
    health  = http("healthz")
    kind    = "worker"
  }
  process "data" { command = "./x ${data}" }
}
service "forgetful" {
  process "data" { command = "./x ${data}" }
}
service "later" {
  process "queue" {
    kind    = "worker"
    command = "./x"
    env     = { P = port }
    health { within = "1m" }
  }
}
