host "web" {
  address = ["10.0.0.11", "10.0.0.12", "10.0.0.11"]
}
host "web-2" { address = "10.0.0.31" }
host "none" {}
host "empty" { address = [] }
host "ports" {
  address = "10.0.0.11"
  port    = 2222
}
host "again" {
  address = "10.0.0.31"
  port    = 22
}
host "number" { address = 10 }
host "brackets" { address = "[::1]" }
host "user" { address = "root@10.0.0.5" }
host "port" { address = "10.0.0.5:22" }
host "bad" { address = ["10.0.0.6", "-oProxyCommand=x"] }
host "kind" { kind = "shh" }
host "here" {
  kind    = "local"
  address = "10.0.0.7"
  user    = "root"
}
host "there" { kind = "local" }
host "image" {
  kind    = "rootfs"
  address = "srv/image"
}
host "image2" { kind = "rootfs" }
host "jumps" {
  address = "10.0.0.8"
  jump    = "-x"
  user    = "a b"
  port    = 0
  adress  = "10.0.0.9"
}
host "Web" { address = "10.0.0.9" }
profile "web" {}
environment "production" {
  group "web" {
    hosts   = host.web
    profile = profile.wbe
  }
  group "again" { hosts = [host.web-1, host.stage, host.stage] }
  group "text" { hosts = "web" }
  group "unknown" { hosts = [host.wbe, host] }
  group "without" {}
}
environment "staging" {
  copy_of = environment.production
  group "web" { hosts = host.web }
}
host "stage" { address = "10.0.0.21" }
