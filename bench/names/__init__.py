"""What name matching is worth, on 200 labelled pairs of invented names."""
