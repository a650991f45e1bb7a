secret "key" { env = "KEY" }
secret "staging-key" { age = "staging.age" }
service "guestbook" {
  process "web" { command = "./x" }
}
environment "production" {
  deploy "guestbook" {
    env = { KEY = secret.key, URL = "https://:${secret.key}@x", PLAIN = "a" }
  }
}
environment "staging" {
  copy_of = environment.production
  deploy "guestbook" {
    env = { KEY = secret.staging-key }
  }
}
environment "dev" {
  copy_of = environment.staging
}
environment "a" { copy_of = environment.b }
environment "b" { copy_of = environment.c }
environment "c" { copy_of = environment.a }
environment "d" { copy_of = environment.a }
environment "self" { copy_of = environment.self }
