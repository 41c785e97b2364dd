"""`aforo bench`: what this machine reaches on each path, beside a baseline or limit measured in the same run."""
