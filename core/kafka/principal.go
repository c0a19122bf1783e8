package kafka

// AnonymousPrincipal is the principal of a connection whose listener authenticates no peer, as Kafka names it.
const AnonymousPrincipal = "User:ANONYMOUS"
