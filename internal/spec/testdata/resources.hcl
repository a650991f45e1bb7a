secret "key" { env = "KEY" }
variable "many" {
  type    = list(string)
  default = ["a", "b"]
}
service "x" { owner = facts.hostname }
profile "web" {
  packge "nginx" {}
  package "-x" {}
  package "a b" { state = "instaled" }
  package "c" {
    options = ["recommend", 1]
    version = 1.24
  }
  package "d" { version = secret.key }
  group "w" { requires = [secret.key] }
  user "guestbook" {
    system   = "yes"
    uid      = 1.5
    password = secret.key
    groups   = [group.wwww, user.guestbook]
  }
  user "other" {
    uid    = facts.cpus
    groups = ["a", facts.hostnme, facts]
  }
  file "etc/motd" {}
  file "/etc/" {}
  file "/etc/../x" {}
  file "${var.none}" {}
  file "/a" {
    content  = user.guestbook
    owner    = user.gestbook
    cluster  = cluster.a
    mode     = 0640
    template = "/etc/motd.tmpl"
    vars     = { a = null, (facts.hostname) = "b" }
  }
  file "/b" {
    owner    = usr.guestbook
    requires = [file["/aa"], file, fil.x, "file./a", user.guestbook.uid, file[1]]
    notify   = [each.key, unit["x${each.key}"]]
    template = facts.hostname
    content  = each.value
  }
  file "/both" {
    content  = "a"
    template = "a.tmpl"
  }
  file "/c" {
    content = facts.hostname == "a" ? "b" : "c"
    vars    = "x"
  }
  unit "u" {
    every   = "5"
    command = "a | b"
  }
  unit "v" { command = "/bin/x $a:${facts.hostname}" }
  unit "w" { command = ["a", facts.kernl] }
  note "n" {}
  note " " { text = "" }
  note "twice" { text = port }
  note "twice" { text = "b" }
  note "same" {
    for_each = var.many
    text     = "b"
  }
  note "n-${count.index}" {
    count    = 2
    for_each = ["a"]
    text     = "x"
  }
  note "many ${count.index}" {
    count = 1001
    text  = count.idx
  }
  note "some ${each.key}" {
    for_each = "a"
    text     = 1
  }
  note "list ${each.key}" {
    for_each = [1, "a", "${facts.hostname}"]
    text     = ""
  }
  note "secret ${secret.key} ${facts.hostname} ${each.kee}" {
    for_each = ["a"]
    text     = ""
  }
}
