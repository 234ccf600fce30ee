"""The inbox: its rules, on its pages."""
