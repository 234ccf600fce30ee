"""`signoff report`: what models yielded, and how well processes did, from the histories of their runs."""
