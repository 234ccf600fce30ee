"""What holds of Signoff, as sentences that run."""
