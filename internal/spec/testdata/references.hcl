variable "colour" { default = "blue" }
secret "key" { env = "KEY" }
service "guestbook" {
  build {
    run    = <<EOT
      echo ${HOME} ${colour} $${fine} ${var.color} ${port}
      echo ${secret.key}
    EOT
    output = ["out/${var.colour}"]
  }
  process "web" {
    command = "./x --key ${secret.key} --listen ${PORT} ${prt} ${var} ${var.colour.x}"
    env     = {
      KEY   = secret.kye
      SUM   = port + 1
      WHEN  = secret.key == "" ? "a" : "b"
      DATA  = data
      OTHER = service.nobody
    }
    health  = htp("/")
  }
  process "worker" {
    command = "./x ${port}"
  }
}
environment "production" {
  deploy "guestbok" {
    env = { A = port }
  }
  deploy "elsewhere" {}
}
pipeline "guestbook" {
  stage "staging" {}
  stage "production" {
    environment = environment.production
    task "deploy" { run = "true" }
    task "migrate" { run = "./migrate ${X}" }
    verify "migrate" { run = "true" }
    verify "both" {
      run    = "true"
      expect = 200
    }
    verify "huge" { http = 1e999999999 }
  }
}
environment "stage" {
  deploy "guestbook" { env = { A = data } }
}
