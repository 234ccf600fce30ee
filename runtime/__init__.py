"""What must be the same on both ends: settings, client, codec, telemetry."""
