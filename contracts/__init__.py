"""Every type that crosses the wire, and every activity's signature, declared once."""
