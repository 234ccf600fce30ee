"""What a compliance report is made of: its checks, what they found, and the facts that its words are held against."""
