"""Encryption of what histories and stores hold: by keys of the settings, and by a key for each subject."""
