"""What crosses the wire, and the checks that need no server."""
