"""Many runs against a provider with a rate, measured: `python -m bench.rates`."""
