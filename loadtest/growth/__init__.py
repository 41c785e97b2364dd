"""Beyond one machine: a Valkey cluster that loses a primary, and groups of servers behind a balancer, under a crowd."""
