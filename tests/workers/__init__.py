"""What holds of the workers' programs and of the embedded stack."""
