# Web servers: nginx from Debian's packages with a templated site, people and their keys, kernel settings, a firewall, a
# nightly timer, and a directory in which nothing is that is not declared here.
variable "domain" {
  default = "site.example"
}

host "web" {
  address = ["10.0.0.11", "10.0.0.12"] # as `ssh` takes them; make each known with  gemba host add root@10.0.0.11
}

profile "web" {
  package "nginx-light" {}

  file "/etc/nginx/sites-available/site" {
    template = "files/site.conf.tmpl"
    vars     = { domain = var.domain }
    mode     = "0644"
    notify   = [unit.nginx]
  }

  file "/etc/nginx/sites-enabled/site" {
    link   = "../sites-available/site"
    notify = [unit.nginx]
  }

  file "/etc/nginx/sites-enabled/default" {
    absent = true
    notify = [unit.nginx]
  }

  unit "nginx" {
    running = true
    enabled = true
  }

  directory "/var/www/site" {
    owner   = user.site
    group   = "www-data"
    mode    = "0750"
    parents = true
    purge   = true
  }

  file "/var/www/site/index.html" {
    content = "<h1>Welcome to ${facts.hostname}</h1>\n"
    owner   = user.site
    group   = "www-data"
    mode    = "0640"
  }

  user "site" {
    system = true
    home   = "/var/www"
    shell  = "/usr/sbin/nologin"
  }

  user "ana" {
    groups      = ["adm"]
    create_home = true
    shell       = "/bin/bash"
  }

  authorized_key "ana's laptop" {
    user = user.ana
    key  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8nGL7yrIsjUXSWrMDX5i1n4uJ8c0h8f7Ri1kBkzKeV ana@laptop"
  }

  sysctl "net.core.somaxconn" {
    value = "1024"
  }

  file "/usr/local/bin/site-report" {
    source = "files/site-report"
    mode   = "0755"
  }

  unit "site-report.service" {
    source = "files/site-report.service"
  }

  unit "site-report.timer" {
    source  = "files/site-report.timer"
    running = true
    enabled = true
  }

  firewall "site" {
    source = "files/firewall.nft"
  }
}

environment "production" {
  group "web" {
    hosts   = host.web
    profile = profile.web
  }
}
