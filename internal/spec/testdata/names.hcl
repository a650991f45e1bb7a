sevice "guestbook" {}
monitor "web" {}
operation "restart" {}
service "Guest_Book" {
  owner = 5
  builds {}
  build = {}
  process "web" {
    comand = "./x"
    command = "./x"
    env { A = "b" }
    port = 80
  }
}
service "a" "b" {}
service {}
variable "my-colour" {}
pipeline "Guest_Book" {
  stage "one" {
    environment = environment.prodution
    verify "front" {
      htp = "/"
    }
  }
}
service "data" {
  data "x" {}
}
