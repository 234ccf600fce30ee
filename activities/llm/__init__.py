"""One model call: made, checked, priced, its failures mapped."""
