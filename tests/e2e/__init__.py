"""From outside: the commands, as people run them."""
