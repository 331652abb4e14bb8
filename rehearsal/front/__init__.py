"""The rehearsal's front: production host names on loopback, through a forward proxy and a TLS server."""
