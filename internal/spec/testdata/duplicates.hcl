service "guestbook" {
  owner = "a"
  owner = "b"
  build {}
  build {}
  process "web" { command = "./x" }
  process "web" { command = "./y" }
  process "site" { root = "public" }
  process "asked" {
    command = "./x"
    kind    = "worker"
    health  = command("./x check")
    health { http = "/" }
  }
}
service "guestbook" {}
service "other" {
  process "web" { command = "./x" }
}
environment "production" {
  deploy "guestbook" { domain = "a.example" }
  deploy "other" { domain = "a.example" }
  deploy "other" { port = 8080 }
}
environment "staging" {
  copy_of = environment.production
  deploy "guestbook" { port = 8080 }
  deploy "other" { port = 8080 }
}
variable "x" { default = "1" }
variable "x" { default = "2" }
secret "k" {
  env  = "K"
  file = "k"
}
secret "none" {}
