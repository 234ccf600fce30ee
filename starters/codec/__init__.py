"""The codec server: the Temporal UI and the `temporal` CLI send it payloads, and it decrypts them."""
