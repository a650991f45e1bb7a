# GEMBA_VAR_colour=blue
variable "colour" {}
variable "sites" {
  type    = map(string)
  default = { blog = "8081", shop = "8082" }
}
variable "names" {
  type    = list(string)
  default = ["ana", "bo"]
}
secret "key" { env = "KEY" }

host "web" {
  address = ["10.0.0.11", "web2.example", "fe80::1%eth0"]
  user    = "root"
  port    = 2222
  jump    = "admin@gate:22"
}
host "stage" { address = "10.0.0.21" }
host "here" { kind = "local" }
host "image" {
  kind    = "rootfs"
  address = "/srv/image"
}

profile "web" {
  package "nginx" {}
  group "www" {}
  user "guestbook" {
    system = true
    groups = [group.www, "adm"]
  }
  file "/etc/guestbook/config.yaml" {
    template = "../shared/config.yaml.tmpl"
    vars     = { colour = var.colour, key = secret.key, port = 8080, on = "at ${facts.hostname}" }
    owner    = user.guestbook # the name, and an edge
    mode     = "0640"
    notify   = [unit.nginx]
    requires = [package.nginx]
  }
  file "/etc/motd" {
    content = "this is ${facts.fqdn}, with ${secret.key} and <b>\n"
    owner   = "root"
    mode    = null
  }
  unit "nginx" {
    every    = "5m"
    command  = "/usr/sbin/nginx -g 'daemon off;' -h ${facts.hostname}"
    requires = package.nginx
  }
  user "${each.value}" {
    for_each = var.names
    uid      = 1000
  }
  file "/home/${each.key}/.profile" {
    for_each = var.names
    owner    = user[each.key]
    content  = ""
    requires = [user[each.value], user["${each.value}"], file["/etc/motd"]]
  }
  file "/etc/nginx/sites/${each.key}-${each.value}.conf" {
    for_each = var.sites
    content  = "listen ${each.value};"
    requires = [package.nginx]
    notify   = unit.nginx
  }
  file "/srv/${count.index + 1}/${var.colour}" {
    count   = 2
    content = "number ${count.index}"
  }
  file "/none/${count.index}" { count = 0 }
  note "ports of ${each.value.name}" {
    for_each = { a = { name = "A", port = 1 }, b = { name = "B", port = 2 } }
    text     = "${each.key} ${each.value.port}"
  }
}
profile "empty" {}

environment "production" {
  group "web" {
    hosts   = host.web
    profile = profile.web
  }
  group "mixed" {
    hosts = [host.here, host.image]
  }
}
environment "staging" {
  copy_of = environment.production
  group "web" {
    hosts = [host.stage]
  }
  group "mixed" { hosts = [] }
  group "own" {
    hosts   = []
    profile = profile.empty
  }
}
