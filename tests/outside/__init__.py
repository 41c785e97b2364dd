"""An outside provider of OpenID Connect as a process of its own."""
