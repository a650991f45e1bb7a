service "guestbook" {
  build {
    run = "echo ${X:-1} \d"
    output = [“a”]
    budget: "5m"
  }
}
